/** One broken rule at one place. */
export interface Violation {
  /** Stable name of the rule, such as `package-table`. */
  readonly rule: string
  readonly path: string
  /** From 1; 0 when the place is the file as a whole. */
  readonly line: number
  readonly message: string
}

export function formatViolation(violation: Violation): string {
  return `${violation.path}:${violation.line}  ${violation.rule}  ${violation.message}`
}
