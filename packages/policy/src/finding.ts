/** `error` keeps a policy from being loaded; `warning` is most likely a mistake; `note` is good to know. */
export type Severity = 'error' | 'warning' | 'note'

/** Everything that can be said of a policy text. Frozen: a code is added, never renamed. */
export const findingCodes = [
  'annotation.malformed',
  'annotation.misplaced',
  'annotation.unknown',
  'fact.content_only',
  'file.malformed_name',
  'file.repeated',
  'policy.empty',
  'policy.too_large',
  'rule.malformed',
  'rule.name_taken',
  'rule.never_matches',
  'rule.shared_line',
  'rule.suspicious',
  'rule.too_complex',
  'rule.type',
  'rule.unknown_action',
  'text.unprintable',
] as const
export type FindingCode = (typeof findingCodes)[number]

/** What is wrong with a policy, and where. */
export interface Finding {
  /** Of the bundle; `catalog` for what is said of an action rather than of a text. */
  readonly file: string
  /** From 1; 0 where the whole file is meant. */
  readonly line: number
  readonly severity: Severity
  readonly code: FindingCode
  readonly message: string
  readonly hint?: string
}

/** `main.cedar:3`, as rules are named. */
export function placeOf({ file, line }: Pick<Finding, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${line}`
}
