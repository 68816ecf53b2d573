/** How far the content may be believed: `untrusted` content may carry orders from strangers. */
export type Integrity = 'trusted' | 'untrusted'
/** Who may see it; each level includes the ones before. */
export const confidentialities = ['public', 'private', 'secret'] as const
export type Confidentiality = (typeof confidentialities)[number]

/** A point of the lattice, written `integrity/confidentiality` so that it costs one short string in an entry. */
export type Label = `${Integrity}/${Confidentiality}`

export const publicTrusted: Label = 'trusted/public'

export const labels: readonly Label[] = [
  'trusted/public',
  'trusted/private',
  'trusted/secret',
  'untrusted/public',
  'untrusted/private',
  'untrusted/secret',
]

/** The least label that covers both: the lower integrity, the higher confidentiality. Commutative, associative, idempotent. */
export function joinLabels(left: Label, right: Label): Label {
  if (left === right) return left
  const [leftIntegrity, leftConfidentiality] = splitLabel(left)
  const [rightIntegrity, rightConfidentiality] = splitLabel(right)
  const integrity = leftIntegrity === 'untrusted' ? leftIntegrity : rightIntegrity
  const rightIsHigher = isMoreConfidential(rightConfidentiality, leftConfidentiality)
  return `${integrity}/${rightIsHigher ? rightConfidentiality : leftConfidentiality}`
}

/** True when `one` is believed no less and seen by no fewer than `other`, and is not the same. */
export function isLower(one: Label, other: Label): boolean {
  return one !== other && joinLabels(one, other) === other
}

/** True when fewer may see `one` than `other`. */
export function isMoreConfidential(one: Confidentiality, other: Confidentiality): boolean {
  return confidentialities.indexOf(one) > confidentialities.indexOf(other)
}

export function splitLabel(label: Label): readonly [Integrity, Confidentiality] {
  return parts[label]
}

const parts: Readonly<Record<Label, readonly [Integrity, Confidentiality]>> = {
  'trusted/public': ['trusted', 'public'],
  'trusted/private': ['trusted', 'private'],
  'trusted/secret': ['trusted', 'secret'],
  'untrusted/public': ['untrusted', 'public'],
  'untrusted/private': ['untrusted', 'private'],
  'untrusted/secret': ['untrusted', 'secret'],
}
