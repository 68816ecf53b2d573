import fc from 'fast-check'
import type { Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { plainPrincipal } from '@ice-runtime/conformance'
import { decodeEntry, entryId, parseLogId, runsView } from '@ice-runtime/kernel'
import type { IceEntry, RunId } from '@ice-runtime/kernel'
import { emptyContent, openVolatileStore } from '@ice-runtime/stores/volatile'
import type { CommitFate } from '@ice-runtime/stores/volatile'
import type { Runtime } from '@ice-runtime/runtime'
import { sha256 } from './place.ts'
import { addAda } from './naming-ada.ts'
import { familyGrant, racingFamily } from './racing-family.ts'
import type { RacingFamily } from './racing-family.ts'
import { timersBy } from './scheduled-timers.ts'
import type { Turn } from './scheduled-timers.ts'
import { newWorkers } from './workers.ts'
import type { Worker, Workers } from './workers.ts'

const by = plainPrincipal.subject
const seen = { found: 'done', by, reason: 'it is there' } as const
/** `seq` of the first grant of a run: after the request and the start of provisioning. */
const grantSeq = 3
const schedulesCount = 1000
/** A machine with nothing else to do takes some 10 seconds for each test. */
const patienceMs = 600_000

const orders = [
  'grant of the root, for all',
  'grant of the root, in the root',
  'grant of a child',
  'lockdown',
  'of no concern',
  'abort',
] as const

/** What one schedule is about. */
interface Race {
  readonly how: (typeof orders)[number]
  /** The order comes from the worker that has the family, or from another one on the same log. */
  readonly from: 'same worker' | 'other worker'
  readonly uses: number
}

const races: fc.Arbitrary<Race> = fc.record({
  how: fc.constantFrom(...orders),
  from: fc.constantFrom('same worker', 'other worker'),
  uses: fc.integer({ min: 4, max: 16 }),
})

/** The write at which the process dies, and whether that one is still in the log then. */
interface Death {
  readonly at: number
  readonly fate: Exclude<CommitFate, 'durable'>
}
const deaths: fc.Arbitrary<Death> = fc.record({ at: fc.integer({ min: 1, max: 12 }), fate: fc.constantFrom('lost', 'kept') })

/** What the log says in its order, and what was seen outside. */
interface Seen {
  readonly family: RacingFamily
  readonly entries: readonly (IceEntry & { readonly index: number })[]
  /** Of the run at the top. */
  readonly outcome: string
  readonly output: unknown
  readonly died: boolean
}

async function run(race: Race, scheduler: Scheduler, death?: Death): Promise<Seen> {
  const turn: Turn = async (label) => await scheduler.schedule(Promise.resolve(), label)
  const family = racingFamily(turn)
  const content = emptyContent()
  let writes = 0
  let isFirst = true
  const died = (): boolean => death !== undefined && writes >= death.at
  const commitFate = (): CommitFate => {
    writes += 1
    return isFirst && writes === death?.at ? death.fate : 'durable'
  }
  const open = (): Workers =>
    newWorkers({}, openVolatileStore({ logId, sha256, views: [runsView], lingerMs: 1, content, commitFate, timers: timersBy(turn) }))
  const seen = async (): Promise<Seen> => {
    const first = open()
    await racing(race, { family, workers: first, turn }).catch((error: unknown) => {
      if (!died()) throw error
    })
    await first[Symbol.asyncDispose]()
    isFirst = false
    await using workers = open()
    const { runtime } = workers.worker({ ...family, name: 'next' })
    const { resumed, setAside } = await runtime.recover()
    let isOver = false
    const ended = Promise.all(resumed.map(({ done }) => done)).finally(() => {
      isOver = true
    })
    while (!isOver) {
      await turn('look')
      await answerUncertain(runtime, workers)
    }
    await ended
    expect([setAside, workers.violations()]).toEqual([[], []])
    const entries = workers.store.log.read({}, 8192).map((stored, index) => ({ ...decodeEntry(stored), index }))
    return { family, entries, ...endOf(entries), died: died() }
  }
  return await scheduler.waitFor(seen())
}

const logId = parseLogId('log_racingfamily')

interface Racing {
  readonly family: RacingFamily
  readonly workers: Workers
  readonly turn: Turn
}

async function racing(race: Race, { family, workers, turn }: Racing): Promise<void> {
  const [one, two] = [workers.worker(family), workers.worker(family)]
  const handle = await one.start(family.agents[0], { grants: [{ ...familyGrant, uses: race.uses }] })
  const from = race.from === 'same worker' ? one : two
  const ordered = turn('order').then(async () => await order(race, handle.id, { from, workers, turn }))
  ordered.catch(() => undefined)
  await handle.done
  await ordered
}

/** Takes the authority away, as soon as the log has something to take it from. */
async function order(
  { how }: Race,
  root: RunId,
  { from, workers, turn }: { readonly from: Worker; readonly workers: Workers; readonly turn: Turn },
): Promise<void> {
  const grant = entryId(root, grantSeq)
  if (how === 'lockdown') return await from.runtime.order({ type: 'SetLockdown', on: true, reason: '', by })
  if (how === 'grant of the root, for all') return await from.runtime.order({ type: 'RevokeSystemGrant', grant, reason: '' })
  if (how === 'of no concern') return await from.runtime.order(addAda)
  while (workers.store.healthy && !workers.types(root).includes('RunTornDown')) {
    const spawned = workers.entries(root).find((entry) => entry.type === 'ChildSpawned')
    const revoked = how === 'grant of a child' ? (spawned?.payload.child ?? root) : root
    const ordering =
      how === 'abort'
        ? from.runtime.abort(root, { by: 'ops' })
        : from.runtime.revoke(revoked, { grant: entryId(revoked, grantSeq), reason: '' })
    const isTaken = await ordering.then(
      () => true,
      () => false,
    )
    if (isTaken) return
    await turn('order again')
  }
}

/** An operator who knows that what was sent before the process died was done. */
async function answerUncertain(runtime: Runtime, workers: Workers): Promise<void> {
  for (const id of runtime.live()) {
    const entries = workers.entries(id)
    const moved = entries.findLast(({ type }) => type === 'RunSuspended' || type === 'RunResumed')
    if (moved?.type !== 'RunSuspended' || moved.payload.cause !== 'reconciliation') continue
    for (const entry of entries)
      if (entry.type === 'ActionUncertain') await runtime.reconcile(id, entry.payload.action, seen).catch(ignored)
    await runtime.resume(id, { by: 'ops' }).catch(ignored)
  }
}

/** The run has moved meanwhile, or was answered for already. */
function ignored(): void {}

function endOf(entries: readonly IceEntry[]): Pick<Seen, 'outcome' | 'output'> {
  const root = entries.find(({ type }) => type === 'RunRequested')?.stream
  const end = entries.find((entry) => entry.stream === root && entry.type === 'RunTornDown')
  const stated = entries.find((entry) => entry.stream === root && entry.type === 'OutputStated')
  return {
    outcome: end?.type === 'RunTornDown' ? end.payload.outcome : 'none',
    output: stated?.type === 'OutputStated' && 'value' in stated.payload.output ? stated.payload.output.value : undefined,
  }
}

/** What did not hold: nothing leaves behind the order in the log, no more leaves than the root may send, every run has one end. */
function broken(race: Race, { entries, family, died, outcome, output }: Seen): readonly string[] {
  const streams = new Set(entries.flatMap(({ stream }) => (stream === 'system' ? [] : [stream])))
  const endsOf = (run: string): number => entries.filter(({ stream, type }) => stream === run && type === 'RunTornDown').length
  const dispatches = entries.filter((entry) => entry.type === 'ActionDispatched')
  const first = dispatches.filter(({ payload }) => payload.attempt === 1).map(({ stream, payload }) => `${stream}#${payload.action}`)
  const order = race.how === 'grant of a child' ? undefined : orderIn(entries)
  // What an abort finds recorded and not sent yet is not sent.
  const isWhole =
    race.how === 'abort' || died || (family.sent.length === first.length && outcome === 'committed' && output === first.length)
  const held: Record<string, boolean> = {
    'every run has one end': [...streams].every((run) => endsOf(run) === 1),
    'no more leaves than the root may send': first.length <= race.uses,
    'what leaves was recorded before': family.sent.every((key) => first.includes(key)),
    'nothing leaves twice': died || new Set(family.sent).size === family.sent.length,
    'nothing leaves behind the order': order === undefined || dispatches.every(({ index }) => index < order),
    'what was done is told, all the way up': isWhole,
  }
  return Object.keys(held).filter((claim) => held[claim] !== true)
}

function orderIn(entries: Seen['entries']): number | undefined {
  return entries.find(({ type }) => type === 'CapabilityRevoked' || type === 'LockdownSet' || type === 'AbortStarted')?.index
}

test(
  'whoever takes authority away from a family, under every schedule: nothing is sent behind the order, nothing twice, nothing is lost',
  async () => {
    const seen = { before: 0, between: 0, after: 0, reloaded: 0 }
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), races, async (scheduler, race) => {
        const found = await run(race, scheduler)
        expect(broken(race, found)).toEqual([])
        const { entries, family } = found
        const dispatches = entries.filter(({ type }) => type === 'ActionDispatched')
        if (family.begun() > family.agents.length) seen.reloaded += 1
        const order = orderIn(entries)
        if (order === undefined) return
        if (order < (dispatches[0]?.index ?? Number.POSITIVE_INFINITY)) seen.before += 1
        else if (entries.some(({ type, index }) => type === 'ActionProposed' && index > order)) seen.between += 1
        else seen.after += 1
      }),
      { numRuns: schedulesCount },
    )
    // Schedules of each kind were seen, or nothing was raced.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(schedulesCount / 20)
  },
  patienceMs,
)

test(
  'the same holds when the process dies at any write on the way, and the next one goes on with the family',
  async () => {
    const seen = { died: 0, resent: 0 }
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), races, deaths, async (scheduler, race, death) => {
        const found = await run(race, scheduler, death)
        expect(broken(race, found)).toEqual([])
        if (found.died) seen.died += 1
        if (new Set(found.family.sent).size < found.family.sent.length) seen.resent += 1
      }),
      { numRuns: schedulesCount / 2 },
    )
    expect(seen.died).toBeGreaterThan(schedulesCount / 8)
    expect(seen.resent).toBeGreaterThan(0)
  },
  patienceMs,
)
