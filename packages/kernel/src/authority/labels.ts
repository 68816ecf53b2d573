/** How far the content may be believed: `untrusted` content may carry orders from strangers. */
export type Integrity = 'trusted' | 'untrusted'
/** Who may see it; each level includes the ones before. */
export type Confidentiality = 'public' | 'private' | 'secret'

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

const confidentialityOrder: readonly Confidentiality[] = ['public', 'private', 'secret']

/** The least label that covers both: the lower integrity, the higher confidentiality. Commutative, associative, idempotent. */
export function joinLabels(left: Label, right: Label): Label {
  if (left === right) return left
  const [leftIntegrity, leftConfidentiality] = splitLabel(left)
  const [rightIntegrity, rightConfidentiality] = splitLabel(right)
  const integrity = leftIntegrity === 'untrusted' ? leftIntegrity : rightIntegrity
  const rightIsHigher = confidentialityOrder.indexOf(rightConfidentiality) > confidentialityOrder.indexOf(leftConfidentiality)
  return `${integrity}/${rightIsHigher ? rightConfidentiality : leftConfidentiality}`
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
