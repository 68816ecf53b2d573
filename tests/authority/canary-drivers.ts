import type { Driver, EffectClass, Json, PreparedAction } from '@ice-runtime/kernel'

/** What a test driver answers to `prepare`: the whole truth of its action, given by the case in the arguments. */
export interface Claim {
  readonly resources?: readonly string[]
  readonly class?: EffectClass
  readonly destinations?: readonly string[]
  readonly cost?: PreparedAction['cost']
  readonly label?: PreparedAction['label']
  readonly facts?: PreparedAction['facts']
  readonly result?: Json
  /** Fails when it is performed. */
  readonly fails?: boolean
}

/** Drivers whose every performance is seen, and which prepare just what a case claims: also what no honest driver would. */
export function canaryDrivers(seen: (effect: string) => void): readonly Driver[] {
  return [
    canary('test.look', 'observe', seen),
    canary('test.keep', 'staged', seen),
    canary('test.send', 'keyed', seen),
    canary('test.wire', 'irreversible', seen),
  ]
}

function canary(action: string, effectClass: EffectClass, seen: (effect: string) => void): Driver {
  return {
    action,
    version: 1,
    description: 'A canary.',
    argsSchema: { type: 'object' },
    facts: { mark: { type: 'string', optional: true }, count: { type: 'integer', optional: true } },
    performer: 'runtime',
    deadlineMs: 1000,
    prepare: (args) => {
      const claim = args as Claim
      return {
        action,
        args,
        resources: claim.resources ?? ['test:main'],
        facts: claim.facts ?? {},
        class: claim.class ?? effectClass,
        cost: claim.cost ?? {},
        ...(claim.destinations === undefined ? {} : { egress: { destinations: claim.destinations } }),
        ...(claim.label === undefined ? {} : { label: claim.label }),
      }
    },
    perform: (prepared) => {
      const claim = prepared.args as Claim
      seen(`${action} ${prepared.resources.join(', ')}`)
      if (claim.fails === true) throw new Error('the canary fails')
      return { result: claim.result ?? null, cost: {} }
    },
    describe: () => `${action}.`,
  }
}
