export const severities = ['high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severities)[number]

export type Area =
  | 'agent settings'
  | 'build script'
  | 'CI'
  | 'editor'
  | 'file'
  | 'git hook'
  | 'install script'
  | 'instructions'
  | 'link'
  | 'MCP server'
  | 'secret-shaped name'

/** One thing in a repository that an agent there could use, or be used through. */
export interface Finding {
  readonly severity: Severity
  readonly area: Area
  readonly path: string
  /** From 1, where there is one line to point at. */
  readonly line?: number
  /** One line, without anything that looks like a secret. */
  readonly text: string
}

/** A file that was read, on its way to its reader. */
export interface FileText {
  readonly path: string
  readonly text: string
}

/** Longest quote of a repository's own text in a finding: enough to recognize it, too short to carry a document. */
const maxQuoteChars = 110

/** Makes a finding of a file, with the text made fit for a report. */
export function finding(
  file: { readonly path: string; readonly line?: number | undefined },
  what: Pick<Finding, 'severity' | 'area' | 'text'>,
): Finding {
  const { severity, area, text } = what
  return { severity, area, path: file.path, ...(file.line === undefined ? {} : { line: file.line }), text: redact(text) }
}

/** Worst first, then by place, the same order on every machine. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (left, right) =>
      severities.indexOf(left.severity) - severities.indexOf(right.severity) ||
      compare(left.area, right.area) ||
      compare(left.path, right.path) ||
      (left.line ?? 0) - (right.line ?? 0) ||
      compare(left.text, right.text),
  )
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1
}

/** A repository's own text on one short line: nothing in it can look like the report's, or hide. */
export function quote(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .replaceAll('`', "'")
    .trim()
  const characters = Array.from(line)
  return characters.length <= maxQuoteChars ? line : `${characters.slice(0, maxQuoteChars).join('')}…`
}

/** What must not be copied into a report even when a file says it in the open: credentials in addresses, tokens by their form. */
const secretForms: readonly RegExp[] = [
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{3,300}(?=@)/gi,
  /\b(?:AKIA|ASIA)[0-9A-Z]{8,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|[sr]k_live_|AIza|sk-)[0-9A-Za-z_-]{8,}/g,
  /\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_.-]+/g,
  /-----BEGIN [A-Z ]{0,60}KEY/g,
]

/** Leaves out what looks like a secret. */
export function redact(text: string): string {
  return secretForms.reduce((clean, form) => clean.replace(form, '[left out]'), text)
}

/** The line of the first match from a place on, from 1; undefined when it is not there. */
export function lineOf(text: string, wanted: string, from = 0): number | undefined {
  const at = text.indexOf(wanted, from)
  return at < 0 ? undefined : text.slice(0, at).split('\n').length
}
