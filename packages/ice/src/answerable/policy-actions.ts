import { hostDrivers, hosts, unitedActions } from '@ice-runtime/adapters'
import type { RecordedAction } from '@ice-runtime/kernel'

/**
 * What one policy can be about where these actions can be proposed: they, and what hosts do, because the policy that is adopted is in
 * force for both. Throws `effect.definition_invalid` for an action that states a fact of a host's action with another type.
 */
export function policyActions(own: readonly RecordedAction[]): readonly RecordedAction[] {
  return unitedActions(own, ...hosts.map((host) => hostDrivers(host, '/')))
}
