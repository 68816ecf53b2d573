import { openAction } from '../run.ts'
import type { Run } from '../run.ts'
import { isPhaseEvent, transitionFor } from '../phases.ts'
import type { Law } from './law.ts'

/** What may still be said of a run that has ended. */
const afterTheEnd: readonly string[] = [
  'ActionReconciled',
  'ActionCompensated',
  'ApprovalGiven',
  'ApprovalDenied',
  'CapabilityRevoked',
  'MemoryErased',
  'MemoryInvalidated',
  'LabelDeclassified',
]

export const runLaws: readonly Law[] = [
  {
    id: 'run.first',
    sentence: 'A run begins with its request, and is requested once.',
    broken: (before, entry) =>
      (entry.seq === 1) === (entry.type === 'RunRequested') && (before.spec === undefined || entry.seq > 1) ? undefined : entry.type,
  },
  {
    id: 'run.accountable',
    sentence: 'A run names the one person or service that answers for it.',
    concerns: ['RunRequested'],
    broken: (_before, entry) => (entry.type === 'RunRequested' && entry.payload.principal.subject.length > 0 ? undefined : 'no principal'),
  },
  {
    id: 'run.transition',
    sentence: 'A run moves from phase to phase only as the table says; to resume a quarantined one moves nothing.',
    broken: (before, entry) => {
      if (!isPhaseEvent(entry.type)) return undefined
      // Past its commit point a quarantined run stays where it is; resuming it only lets somebody touch it again.
      if (entry.type === 'RunResumed' && before.quarantined) return undefined
      return transitionFor(before.phase.name, entry.type) === undefined ? `${entry.type} does not follow ${before.phase.name}` : undefined
    },
  },
  {
    id: 'run.commit_point',
    sentence:
      'After the commit point a run is neither aborted nor terminated; only a file conflict found before any effect was sent undoes it.',
    concerns: ['AbortStarted', 'RunTerminatedByRuntime', 'ChangesUndone'],
    broken: (before, entry) => {
      if (entry.type !== 'ChangesUndone') return before.phase.name === 'committing' ? `${entry.type} after the commit point` : undefined
      return sentRelease(before) === undefined ? undefined : `#${sentRelease(before)} had been sent`
    },
  },
  {
    id: 'run.merge',
    sentence: 'A child merges into its parent and never commits; a run without a parent never merges.',
    concerns: ['RunCommitDecided', 'RunMerged'],
    broken: (before, entry) => {
      const parent = before.spec?.parent?.run
      if (entry.type === 'RunCommitDecided') return parent === undefined ? undefined : `a child of ${parent} commits`
      if (entry.type !== 'RunMerged') return undefined
      return entry.payload.into === parent ? undefined : `merges into ${entry.payload.into}, not into ${parent ?? 'nothing'}`
    },
  },
  {
    id: 'run.children_first',
    sentence: 'Before a run commits, merges, or ends in any other way, each of its children has ended.',
    concerns: ['RunCommitDecided', 'RunMerged', 'RunAborted', 'TeardownStarted', 'RunTornDown'],
    broken: (before) => (before.children.size === 0 ? undefined : `${before.children.size} children are at work`),
  },
  {
    id: 'run.validated_commit',
    sentence: 'What is committed or merged has been validated as a whole: nothing is proposed between the validation and the commit point.',
    concerns: ['RunCommitDecided', 'RunMerged'],
    broken: (before) => (before.validated > 0 ? undefined : 'no validation covers the staged whole'),
  },
  {
    id: 'run.answered_commit',
    sentence:
      'At the commit point, or when it merges, no action of a run is under way or uncertain; those that wait are the releases listed, each once.',
    concerns: ['RunCommitDecided', 'RunMerged'],
    broken: (before, entry) =>
      entry.type === 'RunCommitDecided' || entry.type === 'RunMerged' ? unansweredAtCommit(before, entry.payload.releases) : undefined,
  },
  {
    id: 'run.release_order',
    sentence: 'Effects are released one at a time in the decided order, after all files, and none after one that did not succeed.',
    concerns: ['ActionDispatched'],
    broken: (before, entry) => (entry.type === 'ActionDispatched' ? releaseOutOfOrder(before, entry.payload.action) : undefined),
  },
  {
    id: 'run.complete_commit',
    sentence:
      'A run is committed when every change is in place and every release has an outcome or was withheld, and says which were not sent.',
    concerns: ['RunCommitted'],
    broken: (before, entry) => {
      if (before.phase.name !== 'committing' || entry.type !== 'RunCommitted') return undefined
      const { commit } = before.phase
      if (commit.appliedCount !== commit.changesCount) return `${commit.changesCount - commit.appliedCount} changes are missing`
      if (commit.released.length !== commit.releases.length) return 'a release has no outcome'
      const failed = commit.released.filter((release) => !release.succeeded).length
      return failed === entry.payload.unsent.length ? undefined : 'the list of unsent effects is not that of the log'
    },
  },
  {
    id: 'run.final',
    sentence: 'After its end a run only has actions reconciled or compensated, authority taken away, or content erased.',
    broken: (before, entry) =>
      before.phase.name === 'terminated' && !afterTheEnd.includes(entry.type) ? `${entry.type} after the end` : undefined,
  },
  {
    id: 'memory.promoted_after_commit',
    sentence: 'A candidate becomes memory only when its run commits.',
    concerns: ['MemoryPromoted'],
    broken: (before) => (before.phase.name === 'committing' ? undefined : `promoted while ${before.phase.name}`),
  },
]

function sentRelease(run: Run): number | undefined {
  if (run.phase.name !== 'committing') return undefined
  const { commit } = run.phase
  return (
    commit.released.find((release) => release.sent)?.action ??
    commit.releases.find((action) => openAction(run, action)?.stage.name === 'dispatched')
  )
}

function unansweredAtCommit(run: Run, releases: readonly number[]): string | undefined {
  const waiting = new Set(run.deferred)
  for (const [, open] of run.open.entries())
    if (open.stage.name !== 'imported' && !waiting.has(open.action)) return `#${open.action} is ${open.stage.name}`
  if (releases.length !== waiting.size || new Set(releases).size !== releases.length) return 'the releases are not the effects that wait'
  return releases.every((action) => waiting.has(action)) ? undefined : 'a release was never deferred'
}

function releaseOutOfOrder(run: Run, action: number): string | undefined {
  if (run.phase.name !== 'committing') return run.deferred.includes(action) ? `#${action} waits for the commit` : undefined
  const { commit } = run.phase
  if (commit.appliedCount < commit.changesCount) return 'files are not in place'
  if (commit.released.some((release) => !release.succeeded)) return 'one before it did not succeed'
  return commit.releases[commit.released.length] === action ? undefined : `#${commit.releases[commit.released.length]} comes next`
}
