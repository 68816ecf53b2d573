import { entryId } from '@ice-runtime/kernel'
import type { AgentHost, EntryId, FileState, IceEntry, Sha256 } from '@ice-runtime/kernel'
import { replayRun, verifyStore } from '@ice-runtime/runtime'
import { verifies } from '../kernel/told-operators.ts'
import type { Simulated } from './simulate.ts'
import { sharedPath } from './scripts.ts'

type SimulatedRun = Simulated['runs'][number]

/** What is wrong after a simulation; empty when everything holds. */
export async function judgeSimulation(
  simulated: Simulated,
  parts: {
    readonly sha256: Sha256
    readonly files: ReadonlyMap<string, FileState>
    readonly hostOf: (name: string) => AgentHost | undefined
  },
): Promise<readonly string[]> {
  const { store, runs, outside } = simulated
  const report = verifyStore(store, parts.sha256)
  const log = [...report.problems, ...report.violations, ...report.blobs, ...report.store].map((finding) => JSON.stringify(finding))
  const twice = outside.filter((key, index) => outside.indexOf(key) !== index).map((key) => `${key} was done twice`)
  const ofRuns: string[] = []
  for (const run of runs) {
    const replay = await replayRun(store, run.id, { sha256: parts.sha256, verifies, host: parts.hostOf(run.script.name) })
    if (!replay.identical)
      ofRuns.push(`${run.id} replays as ${JSON.stringify({ ...replay.decisions, agent: replay.agent, state: replay.state })}`)
    const others = { outside, runs, files: parts.files }
    ofRuns.push(...outsideFindings(run, others), ...fileFindings(run, others), ...peopleFindings(run))
  }
  return [...log, ...twice, ...ofRuns]
}

/** What the log says was done was done, what it says was not was not; only of the uncertain nothing is said. */
function outsideFindings({ id, entries }: SimulatedRun, { outside, runs }: Pick<Simulated, 'outside' | 'runs'>): readonly string[] {
  const findings: string[] = []
  for (const entry of entries) {
    if (entry.type !== 'ActionAuthorized' || entry.payload.prepared.egress === undefined) continue
    const { action } = entry.payload
    const end = endOf(entries, action) ?? inheritedEnd(runs, entryId(id, action))
    const wasDone = outside.includes(entryId(id, action))
    if ((end === 'ActionSucceeded') !== wasDone && end !== 'ActionUncertain' && end !== undefined) {
      findings.push(`#${action} of ${id} ended as ${end} and was ${wasDone ? '' : 'not '}done`)
    }
  }
  return findings
}

/** How an effect ended in a run that inherited it. */
function inheritedEnd(runs: Simulated['runs'], from: EntryId): string | undefined {
  for (const { entries } of runs) {
    const inherited = entries.find((entry) => entry.type === 'ActionInherited' && entry.payload.from === from)
    const end = inherited === undefined ? undefined : endOf(entries, inherited.seq)
    if (end !== undefined) return end
  }
  return undefined
}

/** Nothing that people must be asked about is done without them. */
function peopleFindings({ id, entries }: SimulatedRun): readonly string[] {
  const asked = new Set(
    entries.flatMap((entry) => (entry.type === 'ActionProposed' && isAskedAbout(entry.payload.action) ? [entry.seq] : [])),
  )
  return entries.flatMap((entry) => {
    if (entry.type !== 'ActionAuthorized' || !asked.has(entry.payload.action)) return []
    const { action, approval } = entry.payload
    const given = entries.some((said) => said.seq < entry.seq && said.type === 'ApprovalGiven' && said.payload.approval === approval)
    return given ? [] : [`#${action} of ${id} was allowed without anybody`]
  })
}

function isAskedAbout(action: string): boolean {
  return action === 'sim.publish' || action === 'sim.pay'
}

const ends: readonly string[] = ['ActionSucceeded', 'ActionFailed', 'ActionUncertain', 'ActionWithheld']

function endOf(entries: readonly IceEntry[], action: number): string | undefined {
  return entries.find((entry) => ends.includes(entry.type) && 'action' in entry.payload && entry.payload.action === action)?.type
}

/** A run's own files are all there with what it wrote last, or none of them is. */
function fileFindings(
  run: SimulatedRun,
  { runs, files }: { readonly runs: Simulated['runs']; readonly files: ReadonlyMap<string, FileState> },
): readonly string[] {
  const { id, entries, script } = run
  const written = new Map<string, string>()
  for (const entry of entries) {
    if (entry.type !== 'ActionSucceeded') continue
    for (const { path, to } of entry.payload.changes ?? []) if (path !== sharedPath && to.kind === 'file') written.set(path, to.blob)
  }
  const isCommitted = reachesCommit(run, runs)
  const own = [...files].filter(([path]) => path.startsWith(`${script.name}-`))
  if (!isCommitted) return own.length === 0 ? [] : [`${id} was not committed and left ${own.map(([path]) => path).join(' ')}`]
  return [...written].flatMap(([path, blob]) => {
    const state = files.get(path)
    return state?.kind === 'file' && state.blob === blob ? [] : [`${id} is committed and ${path} is not as it wrote it`]
  })
}

/** A child's work is there when it merged and the run above it came to its commit, up to the root. */
function reachesCommit({ entries }: SimulatedRun, runs: Simulated['runs']): boolean {
  if (entries.some(({ type }) => type === 'RunCommitted')) return true
  const merged = entries.find((entry) => entry.type === 'RunMerged')
  const above = runs.find(({ id }) => id === merged?.payload.into)
  return above !== undefined && reachesCommit(above, runs)
}
