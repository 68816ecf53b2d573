import type { Driver, EffectClass, PerformContext, PreparedAction, ProbeAnswer, Receipt } from '@ice-runtime/kernel'

export interface TestEffect {
  readonly class?: EffectClass
  /** Leaves the runtime to `test:outside`. */
  readonly leaves?: boolean
  readonly perform: (prepared: PreparedAction, context: PerformContext) => Receipt | Promise<Receipt>
  readonly probe?: () => Promise<ProbeAnswer>
  readonly prepare?: Driver['prepare']
  readonly facts?: Driver['facts']
  readonly deadlineMs?: number
}

/** A driver written by hand, without the care that `defineEffect` takes: what it does wrong reaches the runtime. */
export function driverOf(action: string, effect: TestEffect): Driver {
  const { probe, deadlineMs = 1000 } = effect
  const prepare: Driver['prepare'] = (args) => ({
    action,
    args,
    resources: [`test:${action}`],
    facts: {},
    class: effect.class ?? 'observe',
    ...(effect.leaves === true ? { egress: { destinations: ['test:outside'] } } : {}),
    cost: {},
  })
  return {
    action,
    version: 1,
    description: action,
    argsSchema: { type: 'object' },
    facts: effect.facts ?? {},
    performer: 'runtime',
    deadlineMs,
    prepare: effect.prepare ?? prepare,
    perform: effect.perform,
    describe: () => action,
    ...(probe === undefined ? {} : { probe }),
  }
}

/** Lets a test hold something up and let it go on. */
export interface Gate {
  /** Resolves when somebody has come to the gate. */
  readonly reached: Promise<void>
  readonly pass: () => Promise<void>
  open(): void
}

export function gate(): Gate {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    pass: () => {
      reached.resolve()
      return opened.promise
    },
    open: () => opened.resolve(),
  }
}

/** Answers when the gate opens, whatever its signal says. */
export function waiting(action: string, at: Gate, more: Partial<TestEffect> = {}): Driver {
  return driverOf(action, {
    ...more,
    perform: async () => {
      await at.pass()
      return { result: 'passed' }
    },
  })
}
