import type { ActionRequest } from '../authority/action-request.ts'
import type { Obligation } from '../authority/policy-port.ts'
import { authorize } from './authorize.ts'
import type { AuthorityView } from './commands.ts'
import { isRevoked } from './revocation.ts'
import type { Approved, Decided, OpenAction, Run } from './run.ts'

/** An action that was authorized, and is about to be used. */
export interface Using {
  readonly open: OpenAction
  readonly decided: Decided
  readonly at: number
}

/** Why an authorized action may not be used any more, whatever policy says: a lockdown, or its grant is gone. */
export function takenAway({ grant }: Pick<Decided, 'grant'>, run: Run, view: AuthorityView): 'lockdown.on' | 'grant.revoked' | undefined {
  if (view.lockdown) return 'lockdown.on'
  const known = run.grants.get(grant)
  return known === undefined || known.revoked || isRevoked(known, run, view) ? 'grant.revoked' : undefined
}

/** The code of the refusal that an authorized action would meet now; undefined when it would be authorized again. */
export function refusedNow({ open, decided, at }: Using, run: Run, view: AuthorityView): string | undefined {
  const { prepared, grant, approved } = decided
  const request: ActionRequest = { action: open.name, facts: {}, cost: {}, ...prepared }
  const answered = approved === undefined ? {} : { approved: answeredOnce(approved) }
  const answer = authorize({ request, atOnce: open.atOnce, at, counted: grant, ...answered }, run, view)
  if (answer.type === 'refused') return answer.code
  return answer.type === 'asks' ? 'approval.required' : undefined
}

/** People have answered for this effect: that holds for what they were asked then, and for no more. */
function answeredOnce({ approval, obligations }: Approved): NonNullable<Parameters<typeof authorize>[0]['approved']> {
  const isKnown = (asked: Obligation): boolean => obligations.some((known) => isDeepEqual(known, asked))
  return { approval, isFulfilled: (asked) => asked.every(isKnown) }
}

function isDeepEqual(left: Obligation, right: Obligation): boolean {
  return left.from === right.from && left.count === right.count && left.notRequester === right.notRequester
}
