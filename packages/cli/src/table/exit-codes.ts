import type { FaultCode } from '@ice-runtime/kernel'

/** What a caller can branch on. Frozen: a code is added, never given another meaning. */
export const exitCodes = {
  ok: { code: 0, meaning: 'Done. A run that committed counts, even if some of its proposals were refused; `--strict` makes that 4.' },
  failure: { code: 1, meaning: 'Failed for another reason.' },
  usage: { code: 2, meaning: 'The command line could not be understood.' },
  notFound: { code: 3, meaning: 'No such run, entry or file.' },
  refused: { code: 4, meaning: 'Refused.' },
  approval: { code: 5, meaning: 'Waiting for a person: an approval, or leave to go on.' },
  limit: { code: 6, meaning: 'A budget or a limit was reached, or the run went in a circle and is held.' },
  diverged: { code: 7, meaning: 'Replay diverged.' },
  integrity: { code: 8, meaning: 'Integrity is broken.' },
  isolation: { code: 9, meaning: 'A primitive that isolation needs is missing; the message names it.' },
  aborted: { code: 10, meaning: 'The run was aborted.' },
  baseChanged: { code: 11, meaning: 'The workspace changed under the run.' },
  uncertain: { code: 12, meaning: 'The outcome of an effect is uncertain.' },
  inUse: { code: 13, meaning: 'The data directory is in use by another runtime.' },
  interrupted: { code: 130, meaning: 'Interrupted (SIGINT).' },
  terminated: { code: 143, meaning: 'Terminated (SIGTERM): intake stopped, work finished or suspended.' },
} as const

export type Exit = keyof typeof exitCodes

/** Faults that are more than a failure. */
const exitOfFault: { readonly [code in FaultCode]?: Exit } = {
  'agent.not_found': 'notFound',
  'blob.corrupt': 'integrity',
  'blob.missing': 'integrity',
  'data.in_use': 'inUse',
  'data.inside_workspace': 'usage',
  'data.unreadable': 'notFound',
  'effect.uncertain': 'uncertain',
  'files.conflict': 'baseChanged',
  'files.not_found': 'notFound',
  'id.malformed': 'usage',
  'integrity.broken': 'integrity',
  'isolation.unavailable': 'isolation',
  'limit.exceeded': 'limit',
  'node.too_old': 'isolation',
  'prices.invalid': 'usage',
  'replay.diverged': 'diverged',
  'run.not_found': 'notFound',
  'script.invalid': 'usage',
  'secret.invalid': 'usage',
  'store.version_unsupported': 'isolation',
  'usage.invalid': 'usage',
}

export function exitForFault(code: FaultCode): Exit {
  return exitOfFault[code] ?? 'failure'
}

/** What a run came to, as far as an exit code tells it. */
export interface Ended {
  readonly outcome: 'committed' | 'aborted' | 'terminated' | 'merged'
  readonly code: string | undefined
  readonly releases: 'none' | 'complete' | 'incomplete'
  readonly refused: number
  /** Effects whose outcome nobody knows. */
  readonly uncertainCount: number
}

/** `strict`: a run that committed while something was refused to it counts as refused. */
export function exitForRun(ended: Ended, strict: boolean): Exit {
  const code = ended.code ?? ''
  if (ended.uncertainCount > 0) return 'uncertain'
  if (code.startsWith('limit.') || code.startsWith('budget.')) return 'limit'
  if (code === 'files.conflict') return 'baseChanged'
  if (code === 'replay.diverged') return 'diverged'
  if (ended.outcome === 'aborted') return 'aborted'
  if (ended.outcome === 'terminated' || ended.releases === 'incomplete') return 'failure'
  return strict && ended.refused > 0 ? 'refused' : 'ok'
}
