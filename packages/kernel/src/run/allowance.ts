import type { ActionRequest } from '../authority/action-request.ts'
import { isWithinClass } from '../authority/effect-class.ts'
import type { Obligation } from '../authority/policy-port.ts'
import type { Allowance } from './run.ts'

/** An answer given for the whole run that covers a request: the same action and rules, no other resource, destination or class. */
export function findAllowance(
  allowances: readonly Allowance[],
  request: ActionRequest,
  asked: { readonly rules: readonly string[]; readonly obligations: readonly Obligation[] },
): Allowance | undefined {
  return allowances.find(
    ({ action, prepared, rules, obligations }) =>
      action === request.action &&
      isWithin(request.resources, prepared.resources) &&
      isWithin(request.egress?.destinations ?? [], prepared.egress?.destinations ?? []) &&
      isWithinClass(request.class, prepared.class) &&
      isWithin(asked.rules, rules) &&
      asked.obligations.every((obligation) => obligations.some((known) => sameObligation(known, obligation))),
  )
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((name) => outer.includes(name))
}

function sameObligation(left: Obligation, right: Obligation): boolean {
  return left.from === right.from && left.count >= right.count && (left.notRequester === true || right.notRequester !== true)
}
