import { severities } from './finding.ts'
import type { Area, Finding, Severity } from './finding.ts'

/** How much of the repository the report is about. */
export interface Coverage {
  readonly names: number
  readonly filesRead: number
  /** What was not looked at, as sentences. */
  readonly gaps: readonly string[]
}

export interface ReportParts {
  /** Sorted. */
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  /** The secret-shaped file it tried to open, and what it was told. */
  readonly attempted: { readonly path: string; readonly answer: string } | undefined
}

/** Findings listed of one severity: the rest is counted. */
const maxListed = 200
/** Paths listed as not to be written. */
const maxProtected = 60

const meanings: Readonly<Record<Severity, string>> = {
  high: 'an agent, or text it has read, gets further here than people expect',
  medium: 'runs, allows or holds something that an agent should not decide about',
  low: 'harmless as it stands, and a way in for whoever may write it',
  info: 'good to know',
}

/** Areas whose files are run or obeyed by something. */
const executed: ReadonlySet<Area> = new Set([
  'agent settings',
  'build script',
  'CI',
  'editor',
  'git hook',
  'install script',
  'instructions',
  'MCP server',
])

/** The report as Markdown. */
export function renderReport({ findings, coverage, attempted }: ReportParts): string {
  const counts = severities.map((severity) => `${findings.filter((found) => found.severity === severity).length} ${severity}`).join(', ')
  return [
    '# What an agent could do in this repository',
    '',
    `${coverage.names} names listed, ${coverage.filesRead} files read: ${counts}.`,
    'Written by an agent under ICE that could list names and read text, and could not run or send anything.',
    '',
    ...severities.flatMap((severity) =>
      section(
        severity,
        findings.filter((found) => found.severity === severity),
      ),
    ),
    ...protection(findings),
    '## What this report does not say',
    '',
    ...gapLines(coverage, attempted),
    '',
  ].join('\n')
}

function section(severity: Severity, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return []
  const omitted = findings.length > maxListed ? [`- … and ${findings.length - maxListed} more`] : []
  return [
    `## ${severity[0]?.toUpperCase()}${severity.slice(1)}: ${meanings[severity]}`,
    '',
    ...findings.slice(0, maxListed).map(findingLine),
    ...omitted,
    '',
  ]
}

function findingLine({ area, path, line, text }: Finding): string {
  return `- ${code(line === undefined ? path : `${path}:${line}`)} (${area}) ${escaped(text)}`
}

function protection(findings: readonly Finding[]): readonly string[] {
  const paths = [...new Set(findings.filter(({ area }) => executed.has(area)).map(({ path }) => path))].sort()
  if (paths.length === 0) return []
  const omitted = paths.length > maxProtected ? [`- … and ${paths.length - maxProtected} more`] : []
  return [
    '## Keep out of what an agent may write',
    '',
    'Something runs these files or obeys them, so a grant to write one is a grant to do whatever it says.',
    '',
    ...paths.slice(0, maxProtected).map((path) => `- ${code(path)}`),
    ...omitted,
    '',
  ]
}

function gapLines({ gaps }: Coverage, attempted: ReportParts['attempted']): readonly string[] {
  return [
    '- Findings come from names and from the files named above; code was not analysed, and a guess from a name is a guess.',
    '- What lies in `node_modules` and `.git`, and what git ignores, was not looked at, save for names and settings that matter here.',
    ...gaps.map((gap) => `- ${escaped(gap)}`),
    ...(attempted === undefined ? [] : [`- ${code(attempted.path)} was not opened: asked for once, and ${attempted.answer}.`]),
  ]
}

/** A path as code, whatever characters it has. */
function code(path: string): string {
  return `\`${path.replace(/[\p{Cc}\p{Cf}`]/gu, '�')}\``
}

/** Text that Markdown shows as it is. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '�').replace(/[<>[\]*_#|\\]/g, '\\$&')
}
