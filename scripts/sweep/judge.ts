import { readLedger } from '@ice-runtime/effects'
import type { LedgerRecord } from '@ice-runtime/effects'
import { entryId, openAction } from '@ice-runtime/kernel'
import type { IceEntry, Run, RunId } from '@ice-runtime/kernel'
import { foldRun, readEntries, verifyStore } from '@ice-runtime/runtime'
import { readTree } from '../../packages/effects/tests/files/real-tree.ts'
import type { Scenario } from './scenarios.ts'
import { countingSteps } from './steps.ts'
import { openWorld, placesOf, sha256 } from './world.ts'
import type { SweptWorld } from './world.ts'

/** What the next process made of a killed one. */
export interface Judgement {
  /** In words: the phase it was found in, and what came of it. */
  readonly found: string
  readonly outcome: string
  readonly violations: readonly string[]
}

/** How a workspace looks, for comparing. */
export function treeAt(top: string): string {
  return JSON.stringify(readTree(placesOf(top).files))
}

type ReleaseEnd = 'succeeded' | 'failed' | 'uncertain' | 'withheld'

/** Opens what a killed process left, lets it be recovered, and holds the result against what is specified for that point. */
export async function recoverAndJudge(
  top: string,
  scenario: Scenario,
  trees: { readonly before: string; readonly after: string },
): Promise<Judgement> {
  await using world = openWorld(top, countingSteps())
  const id = onlyRun(world)
  const dead = id === undefined ? undefined : foldRun(id, readEntries(world.store.log, id))
  const sentBefore = readLedger(placesOf(top).ledger)
  const { resumed, setAside } = await world.runtime.recover()
  await Promise.allSettled(resumed.map(({ done }) => done))
  const violations = [
    ...logFindings(world),
    ...setAside.map(({ code }) => `set aside: ${code}`),
    ...twice(readLedger(placesOf(top).ledger)),
    ...unended(world),
  ]
  if (id === undefined || dead === undefined) {
    return { found: 'nothing', outcome: 'no run', violations: [...violations, ...unequal('workspace', treeAt(top), trees.before)] }
  }
  const entries = readEntries(world.store.log, id)
  const expected = expectedReleases(scenario, dead, sentBefore)
  const ends = releaseEnds(entries)
  return {
    found: dead.phase.name,
    outcome: outcomeOf(entries),
    violations: [
      ...violations,
      ...unequal('outcome', outcomeOf(entries), expectedOutcome(expected)),
      ...unequal('workspace', treeAt(top), trees.after),
      ...unequal('releases', ends.map(({ end }) => end).join(' '), expected.join(' ')),
      ...ledgerFindings(id, ends, readLedger(placesOf(top).ledger)),
    ],
  }
}

function onlyRun(world: SweptWorld): RunId | undefined {
  const runs = world.store.log.streams({ limit: 10 }).flatMap((stream) => (stream === 'system' ? [] : [stream]))
  const roots = runs.filter((run) => foldRun(run, readEntries(world.store.log, run, 1)).spec?.parent === undefined)
  if (roots.length > 1) throw new Error('the log has more than one run that somebody started')
  return roots[0]
}

function logFindings({ store }: SweptWorld): readonly string[] {
  const report = verifyStore(store, sha256)
  return [...report.problems, ...report.violations, ...report.blobs, ...report.store].map((finding) => `log: ${JSON.stringify(finding)}`)
}

/** Runs that the next process left without an end. */
function unended({ store }: SweptWorld): readonly string[] {
  const runs = store.log.streams({ limit: 10 }).flatMap((stream) => (stream === 'system' ? [] : [stream]))
  const ends = runs.map((run) => [run, readEntries(store.log, run).at(-1)?.type] as const)
  return ends.filter(([, type]) => type !== 'RunTornDown').map(([run, type]) => `${run} ends in ${type ?? 'nothing'}`)
}

function twice(ledger: readonly LedgerRecord[]): readonly string[] {
  const keys = ledger.map(({ key }) => key)
  return keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => `${key} was done twice`)
}

/**
 * The specified end of each release: what it does when nobody kills it; but an irreversible one that was under way is the ledger's
 * own word where it can be asked, uncertain where it cannot; and nothing follows one that did not succeed.
 */
function expectedReleases(scenario: Scenario, dead: Run, sent: readonly LedgerRecord[]): readonly ReleaseEnd[] {
  const order = dead.phase.name === 'committing' ? dead.phase.commit.releases : []
  let isStopped = false
  return scenario.releases.map(({ action, ends }, index): ReleaseEnd => {
    if (isStopped) return 'withheld'
    const seq = order[index] ?? 0
    const isUnderWay = openAction(dead, seq)?.stage.name === 'dispatched'
    const end =
      isUnderWay && action !== 'ledger.post'
        ? interruptedEnd(
            action,
            sent.some(({ key }) => key === entryId(dead.id, seq)),
          )
        : ends
    isStopped = end !== 'succeeded'
    return end
  })
}

function interruptedEnd(action: string, isInLedger: boolean): ReleaseEnd {
  if (action === 'ledger.wire') return 'uncertain'
  return isInLedger ? 'succeeded' : 'failed'
}

function expectedOutcome(releases: readonly ReleaseEnd[]): string {
  if (releases.length === 0) return 'committed, none unsent 0'
  const unsent = releases.filter((end) => end !== 'succeeded').length
  return `committed, ${unsent === 0 ? 'complete' : 'incomplete'} unsent ${unsent}`
}

function outcomeOf(entries: readonly IceEntry[]): string {
  const last = entries.at(-1)
  if (last?.type !== 'RunTornDown') return `unfinished at ${last?.type ?? 'the beginning'}`
  const committed = entries.find((entry) => entry.type === 'RunCommitted')
  if (committed === undefined) return `${last.payload.outcome} ${last.payload.code ?? ''}`
  return `${last.payload.outcome}, ${committed.payload.releases} unsent ${committed.payload.unsent.length}`
}

interface EndedRelease {
  readonly action: number
  readonly end: ReleaseEnd
}

function releaseEnds(entries: readonly IceEntry[]): readonly EndedRelease[] {
  const releases = entries.find((entry) => entry.type === 'RunCommitDecided')?.payload.releases ?? []
  return releases.map((action) => ({ action, end: endOf(entries, action) }))
}

function endOf(entries: readonly IceEntry[], action: number): ReleaseEnd {
  for (const entry of entries) {
    if (entry.type === 'ActionSucceeded' && entry.payload.action === action) return 'succeeded'
    if (entry.type === 'ActionFailed' && entry.payload.action === action) return 'failed'
    if (entry.type === 'ActionUncertain' && entry.payload.action === action) return 'uncertain'
    if (entry.type === 'ActionWithheld' && entry.payload.action === action) return 'withheld'
  }
  throw new Error(`#${action} has no end`)
}

/** The outside holds what the log says was done, and nothing that the log says was not. */
function ledgerFindings(run: RunId, ends: readonly EndedRelease[], ledger: readonly LedgerRecord[]): readonly string[] {
  const known = new Set(ends.map(({ action }) => String(entryId(run, action))))
  const foreign = ledger.filter(({ key }) => !known.has(key)).map(({ key }) => `the ledger holds ${key}, which was no release`)
  const wrong = ends.flatMap(({ action, end }) => {
    const count = ledger.filter(({ key }) => key === entryId(run, action)).length
    const isRight = end === 'uncertain' ? count <= 1 : count === (end === 'succeeded' ? 1 : 0)
    return isRight ? [] : [`#${action} ${end} and is in the ledger ${count} times`]
  })
  return [...foreign, ...wrong]
}

function unequal(what: string, is: string, specified: string): readonly string[] {
  return is === specified ? [] : [`${what} is ${is}, specified is ${specified}`]
}
