import type { AuthorityView } from './commands.ts'
import { isRevoked } from './revocation.ts'
import type { Run } from './run.ts'

/** What a run rests on and no longer holds. */
export interface BrokenAssumption {
  readonly code: 'assumption.policy' | 'assumption.catalog' | 'assumption.grant'
  readonly detail: string
}

/**
 * The first assumption of a run that other streams contradict: it was provisioned under this policy, with these actions, and it
 * may have said that it rests on a grant. Files are looked at by the shell, which alone can.
 */
export function brokenAssumption(run: Run, view: AuthorityView, at: number): BrokenAssumption | undefined {
  const { under } = run
  if (under === undefined) return undefined
  if (under.policy !== view.policy.digest) {
    const detail = `provisioned under policy ${under.policy.slice(0, 12)}, ${view.policy.digest.slice(0, 12)} is in force`
    return { code: 'assumption.policy', detail }
  }
  if (view.catalog !== undefined && under.catalog !== view.catalog)
    return { code: 'assumption.catalog', detail: 'the actions there are have changed since the run was provisioned' }
  const lost = run.assumed.grants.find((id) => !isLive(run, view, { id, at }))
  return lost === undefined ? undefined : { code: 'assumption.grant', detail: `grant #${lost}, on which the agent rests, is not live` }
}

function isLive(run: Run, view: AuthorityView, { id, at }: { readonly id: number; readonly at: number }): boolean {
  const grant = run.grants.get(id)
  if (grant === undefined || grant.revoked || isRevoked(grant, run, view)) return false
  return grant.terms.expires === undefined || at < grant.terms.expires
}
