import type { IceEntry } from '@ice-runtime/kernel'

/** What a log says of authority, one line an event. What every run has alike is left out. */
export function eventLines(entries: readonly IceEntry[]): readonly string[] {
  return entries.flatMap((entry) => lineOf(entry) ?? [])
}

function lineOf(entry: IceEntry): string | undefined {
  switch (entry.type) {
    case 'ActionProposed': {
      const { action, malformed } = entry.payload
      return malformed === undefined ? `proposed ${action}` : `proposed ${action} unreadable ${malformed.code}`
    }
    case 'ActionAuthorized': {
      const { rules, deferred, approval, edited } = entry.payload
      return words(
        'authorized',
        rules.join(' '),
        deferred === true && 'deferred',
        approval !== undefined && 'approved',
        edited === true && 'edited',
      )
    }
    case 'ActionRefused': {
      const { stage, code, rules } = entry.payload
      return words('refused', stage, code, rules?.join(' '))
    }
    case 'ApprovalRequested':
      return words(
        'asked',
        entry.payload.obligations.map(({ count, from }) => `${count} of ${from}`).join(', '),
        entry.payload.deferred === true && 'deferred',
      )
    case 'ApprovalGiven':
      return words(
        'given',
        entry.payload.by.slice(-3),
        entry.payload.scope === 'run' && 'for the run',
        entry.payload.edited !== undefined && 'edited',
      )
    case 'ApprovalDenied':
      return words('denied', entry.payload.by.slice(-3))
    case 'ApprovalExpired':
      return 'expired'
    case 'ActionFailed':
    case 'ActionUncertain':
      return words(entry.type === 'ActionFailed' ? 'failed' : 'uncertain', entry.payload.code)
    case 'ActionDispatched':
      return 'dispatched'
    case 'ActionSucceeded':
      return 'succeeded'
    case 'ActionWithheld':
      return words('withheld', entry.payload.code)
    case 'RunSuspended':
      return entry.payload.cause === 'shutdown' ? undefined : words('suspended', entry.payload.code)
    case 'RunResumed':
      return words('resumed', entry.payload.renewed !== undefined && 'renewed')
    case 'AbortStarted':
    case 'RunTerminatedByRuntime':
      return words(entry.type === 'AbortStarted' ? 'aborted' : 'terminated', entry.payload.code)
    case 'CapabilityRevoked':
      return 'revoked'
    case 'RunCommitted':
      return words('committed', entry.payload.releases === 'none' ? undefined : entry.payload.releases)
    default:
      return undefined
  }
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ')
}
