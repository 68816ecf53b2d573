import fc from 'fast-check'
import type { Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { decodeEntry, entryId } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { driverOf } from './drivers.ts'
import { agentOf } from './place.ts'
import { timersBy } from './scheduled-timers.ts'
import { newWorkers } from './workers.ts'
import type { Worker } from './workers.ts'

const now = { at: 'now', reason: 'the answer is needed' } as const
const by = plainPrincipal.subject
/** `seq` of the one grant of these runs: after the request and the start of provisioning. */
const grantSeq = 3
const proposalsCount = 3
const schedulesCount = 10_000
/** A machine with nothing else to do takes some 20 seconds. */
const patienceMs = 600_000

/** What one schedule is about. */
interface Race {
  readonly how: 'grant of the run, for all' | 'grant of the run, in the run' | 'lockdown'
  /** The order comes from the worker that has the run, or from another one on the same log. */
  readonly from: 'same worker' | 'other worker'
  readonly uses: number
  readonly preparesLater: boolean
}

const races: fc.Arbitrary<Race> = fc.record({
  how: fc.constantFrom('grant of the run, for all', 'grant of the run, in the run', 'lockdown'),
  from: fc.constantFrom('same worker', 'other worker'),
  uses: fc.integer({ min: 1, max: proposalsCount }),
  preparesLater: fc.boolean(),
})

/** The log in its order, as far as a race is about it. */
interface Seen {
  readonly types: readonly string[]
  /** Effects that reached the outside. */
  readonly sent: number
  readonly output: unknown
}

async function run(race: Race, scheduler: Scheduler): Promise<Seen> {
  const turn = async (label: string): Promise<void> => await scheduler.schedule(Promise.resolve(), label)
  await using workers = newWorkers({ timers: timersBy(turn) })
  let sent = 0
  const sending = driverOf('test.send', {
    class: 'keyed',
    perform: async () => {
      sent += 1
      await turn('send')
      return { result: sent }
    },
  })
  const prepare: typeof sending.prepare = async (args, context) => {
    if (race.preparesLater) await turn('prepare')
    return await sending.prepare(args, context)
  }
  const drivers = [{ ...sending, prepare }]
  const [one, two] = [workers.worker({ drivers }), workers.worker({ drivers })]
  const agent = agentOf(async ({ propose }) => {
    let done = 0
    for (let count = 0; count < proposalsCount; count += 1)
      done += await propose('test.send', {}, now).then(
        () => 1,
        () => 0,
      )
    return done
  })
  const racing = async (): Promise<unknown> => {
    const handle = await one.start(agent, { grants: [{ ...plainGrant, uses: race.uses }] })
    const stop = turn('order').then(async () => await order(race, handle.id, { from: race.from === 'same worker' ? one : two, turn }))
    const { output: told } = await handle.done
    await stop
    return told
  }
  const output = await scheduler.waitFor(racing())
  const types = workers.store.log.read({}, 8192).map((stored) => decodeEntry(stored).type)
  expect(workers.violations()).toEqual([])
  return { types, sent, output }
}

/** Takes the authority away, as soon as the log has something to take it from. */
async function order(
  race: Race,
  id: RunId,
  { from, turn }: { readonly from: Worker; readonly turn: (label: string) => Promise<void> },
): Promise<void> {
  const grant = entryId(id, grantSeq)
  if (race.how === 'lockdown') return await from.runtime.order({ type: 'SetLockdown', on: true, reason: '', by })
  if (race.how === 'grant of the run, for all') return await from.runtime.order({ type: 'RevokeSystemGrant', grant, reason: '' })
  for (;;) {
    const taken = await from.runtime.revoke(id, { grant, reason: '' }).then(
      () => true,
      () => false,
    )
    if (taken) return
    await turn('order again')
  }
}

function positionOf({ types }: Seen): number {
  return types.findIndex((type) => type === 'CapabilityRevoked' || type === 'LockdownSet')
}

test(
  'over 10,000 schedules of an order racing a use, on one worker or two, nothing is sent behind the order in the log',
  async () => {
    let [before, between, after] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), races, async (scheduler, race) => {
        const seen = await run(race, scheduler)
        const at = positionOf(seen)
        const dispatches = seen.types.flatMap((type, index) => (type === 'ActionDispatched' ? [index] : []))
        expect(at).toBeGreaterThan(0)
        expect(dispatches.filter((index) => index > at)).toEqual([])
        expect(dispatches.length).toBeLessThanOrEqual(race.uses)
        expect(seen.sent).toBe(dispatches.length)
        expect(seen.output).toBe(dispatches.length)
        if (dispatches.length === 0) before += 1
        else if (dispatches.length < race.uses) between += 1
        else after += 1
      }),
      { numRuns: schedulesCount },
    )
    // Schedules of each kind were seen, or nothing was raced.
    for (const count of [before, between, after]) expect(count).toBeGreaterThan(100)
  },
  patienceMs,
)
