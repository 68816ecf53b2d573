import type { Egress } from './effect-class.ts'
import { isMoreConfidential, splitLabel } from './labels.ts'
import type { Confidentiality, Label } from './labels.ts'

/**
 * The one rule that is always in force: what is private or secret, seen together with what is not to be believed, does not leave,
 * because whoever wrote the one may be after the other. Content that is secret leaves nowhere. A grant with a clearance lets out
 * what is no more confidential than that.
 */
export function labelMiss(label: Label, egress: Egress | undefined, clearance: Confidentiality = 'public'): 'label.egress' | undefined {
  return isMoreConfidential(clearanceNeeded(label, egress), clearance) ? 'label.egress' : undefined
}

/** What a grant must be cleared for to let this out; `public` when nothing leaves, or nothing that the rule is about. */
export function clearanceNeeded(label: Label, egress: Egress | undefined): Confidentiality {
  if (egress === undefined) return 'public'
  const [integrity, confidentiality] = splitLabel(label)
  return integrity === 'untrusted' || confidentiality === 'secret' ? confidentiality : 'public'
}
