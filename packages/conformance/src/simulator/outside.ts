import { IceError } from '@ice-runtime/kernel'
import type { Driver, EffectClass, PerformContext, PreparedAction, Receipt, Workspace } from '@ice-runtime/kernel'
import type { SteppedTime } from '../runtime/stepped-time.ts'
import type { Seeded } from './seeded.ts'

/** What really happened outside, in order. A key stands there as often as the effect was done. */
export interface Outside {
  readonly done: readonly string[]
  readonly drivers: readonly Driver[]
  /** The process dies: what it had under way never gets there. */
  die(): void
}

const classes: { readonly [action: string]: EffectClass } = {
  'sim.post': 'keyed',
  'sim.transfer': 'irreversible',
  'sim.wire': 'irreversible',
  'sim.pay': 'irreversible',
}
/** Within the deadline, mostly. */
const maxDelayMs = 40
const deadlineMs = 30

/**
 * An outside that takes its time, refuses, and loses its answers: `sim.post` is keyed, `sim.transfer` can be asked about, `sim.wire`
 * cannot; `sim.write` stages a file of the workspace, `sim.read` reads one. People are asked about `sim.publish`, which stages like
 * `sim.write`, and about `sim.pay`, which cannot be asked about.
 */
export function createOutside(chance: Seeded, { time, workspace }: { readonly time: SteppedTime; readonly workspace: Workspace }): Outside {
  const done: string[] = []
  let processNumber = 0
  const act = async ({ action }: PreparedAction, { key }: PerformContext): Promise<Receipt> => {
    const sender = processNumber
    const [delay, refuses, loses] = [chance.pick(maxDelayMs), chance.chance(10), chance.chance(10)]
    await new Promise<void>((resolve) => void time.after(delay, resolve))
    if (sender !== processNumber) return await new Promise<never>(() => undefined)
    if (refuses) throw new IceError('effect.failed', 'refused')
    if (classes[action] !== 'keyed' || !done.includes(key)) done.push(key)
    if (loses) throw new IceError('effect.uncertain', 'no answer')
    return { result: key }
  }
  const leaving = Object.keys(classes).map((action) => {
    const driver = driverOf(action, classes[action] ?? 'irreversible', act)
    if (action !== 'sim.transfer') return driver
    const probe: NonNullable<Driver['probe']> = async (_prepared, { key }) =>
      done.includes(key) ? { found: 'done', receipt: { result: key } } : { found: 'not_done' }
    return { ...driver, probe }
  })
  const die = (): void => {
    processNumber += 1
  }
  const staging = ['sim.write', 'sim.publish'].map((action) => writeDriver(action, workspace))
  return { done, die, drivers: [...leaving, ...staging, readDriver(workspace)] }
}

function driverOf(action: string, effectClass: EffectClass, perform: Driver['perform']): Driver {
  const leaves = effectClass === 'keyed' || effectClass === 'irreversible'
  return {
    action,
    version: 1,
    description: action,
    argsSchema: { type: 'object' },
    facts: {},
    performer: 'runtime',
    deadlineMs,
    prepare: (args) => ({
      action,
      args,
      resources: ['sim:all'],
      facts: {},
      class: effectClass,
      cost: {},
      ...(leaves ? { egress: { destinations: ['sim:outside'] } } : {}),
    }),
    perform,
    describe: () => action,
  }
}

function pathIn({ args }: PreparedAction): string {
  return (args as { readonly path: string }).path
}

function writeDriver(action: string, workspace: Workspace): Driver {
  return driverOf(action, 'staged', async (prepared, { blobs }) => {
    const path = pathIn(prepared)
    const { blob, sizeBytes } = blobs.put(new TextEncoder().encode((prepared.args as { readonly text: string }).text))
    const base = await workspace.look(path)
    return { result: path, changes: [{ path, to: { kind: 'file', blob, sizeBytes, mode: 0o644 }, base }] }
  })
}

function readDriver(workspace: Workspace): Driver {
  return driverOf('sim.read', 'observe', async (prepared, { staged }) => {
    const path = pathIn(prepared)
    const base = await workspace.look(path)
    return { result: base.kind, ...(staged.has(path) ? {} : { reads: [{ path, base }] }) }
  })
}
