import type { Egress } from './effect-class.ts'
import { isMoreConfidential, splitLabel } from './labels.ts'
import type { Confidentiality, Label } from './labels.ts'

/**
 * The one rule that is always in force: what is private or secret, seen together with what is not to be believed, does not leave,
 * because whoever wrote the one may be after the other. Content that is secret leaves nowhere. A grant with a clearance lets out
 * what is no more confidential than that.
 */
export function labelMiss(label: Label, egress: Egress | undefined, clearance: Confidentiality = 'public'): 'label.egress' | undefined {
  if (egress === undefined) return undefined
  const [integrity, confidentiality] = splitLabel(label)
  const isBound = integrity === 'untrusted' || confidentiality === 'secret'
  return isBound && isMoreConfidential(confidentiality, clearance) ? 'label.egress' : undefined
}
