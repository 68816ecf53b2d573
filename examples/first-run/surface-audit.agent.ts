import { defineAgent } from '@ice-runtime/agents/define'
import type { AgentContext, AgentDefinition } from '@ice-runtime/agents/define'
import { quote, redact, severities, sortFindings } from './audit/finding.ts'
import type { Finding } from './audit/finding.ts'
import { allowedScripts, buildFileFinding } from './audit/install-scripts.ts'
import { likeliestSecret, looksSecret, nameFindings } from './audit/names.ts'
import type { ListedEntry } from './audit/names.ts'
import { readerOf } from './audit/readers.ts'
import { renderReport } from './audit/report.ts'

const reportPath = 'agent-surface.md'
const grantsPath = 'agent-grants.json'

/** Entries of one listing: what `files.list` gives at most. */
const maxListed = 5000
/** Directories listed one by one where one listing was not enough. */
const maxDirectories = 300
/** Files read: a repository with more settings than this needs another tool. */
const maxFilesRead = 400
/** Settings are small; lock files are the one thing read here that is not. */
const maxFileBytes = 1024 * 1024
const maxLockBytes: number = 4 * 1024 * 1024
const lockFile = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml)$/
const maxWorst = 12

interface Listing {
  readonly entries: readonly ListedEntry[]
  readonly truncated: boolean
  readonly refused: readonly string[]
}

/** What the agent asks for, what of it worked, and what it could not see. */
interface Survey {
  readonly context: AgentContext
  /** Allowances that its work needed, as it finds out. */
  readonly used: Set<string>
  readonly gaps: string[]
}

const agent: AgentDefinition = defineAgent({
  name: 'surface-audit',
  version: '1.0.0',
  requests: [
    { actions: ['files.list', 'files.read'], resources: ['file:**'] },
    { actions: ['files.write'], resources: [`file:${reportPath}`, `file:${grantsPath}`] },
  ],
  output: {
    type: 'object',
    required: ['report', 'grants', 'names', 'filesRead', 'counts', 'worst', 'secrets', 'attempted', 'allow'],
    properties: {
      report: { const: reportPath },
      grants: { const: grantsPath },
      counts: { type: 'object' },
      worst: { type: 'array' },
      allow: { type: 'array' },
    },
  },
  async run(_input, context) {
    const survey: Survey = { context, used: new Set(), gaps: [] }
    const entries = (await listAll(survey)).filter(({ path }) => path !== reportPath && path !== grantsPath)
    const { findings, filesRead } = await readAll(survey, entries)
    const secrets = entries.filter(({ path, kind }) => kind === 'file' && looksSecret(path)).map(({ path }) => path)
    const attempted = await tryToOpen(survey, secrets)
    const sorted = sortFindings([...entries.flatMap(nameFindings), ...entries.flatMap(({ path }) => buildFileFinding(path)), ...findings])
    const coverage = { names: entries.length, filesRead, gaps: survey.gaps }
    await write(survey, reportPath, redact(renderReport({ findings: sorted, coverage, attempted })))
    survey.used.add(`files.write:${reportPath}`).add(`files.write:${grantsPath}`)
    const allow = [...survey.used].sort()
    await write(survey, grantsPath, `${JSON.stringify({ agent: 'surface-audit', allow }, null, 2)}\n`)
    const counts = Object.fromEntries(
      severities.map((severity) => [severity, sorted.filter((found) => found.severity === severity).length]),
    )
    return {
      report: reportPath,
      grants: grantsPath,
      names: entries.length,
      filesRead,
      counts,
      worst: sorted.slice(0, maxWorst),
      secrets: secrets.length,
      attempted: attempted?.path ?? null,
      allow,
    }
  },
})
export default agent

/** All names: in one listing where that is enough, directory by directory where it is not. */
async function listAll(survey: Survey): Promise<readonly ListedEntry[]> {
  const { context, used, gaps } = survey
  const whole = await context.propose<Listing>(
    'files.list',
    { path: '.', recursive: true, limit: maxListed },
    { reason: 'to know what is here' },
  )
  used.add('files.list:.')
  if (whole.refused.length > 0) gaps.push(`${whole.refused.length} names are not UTF-8 and were left out.`)
  if (!whole.truncated) return whole.entries
  const found: ListedEntry[] = []
  const waiting = ['.']
  let listed = 0
  for (let next = waiting.shift(); next !== undefined && listed < maxDirectories; next = waiting.shift()) {
    listed += 1
    const { entries, truncated } = await context.propose<Listing>('files.list', { path: next, limit: maxListed })
    if (truncated) gaps.push(`${quote(next)} has more than ${maxListed} names; the rest was not looked at.`)
    found.push(...entries)
    const below = entries.filter(({ path, kind }) => kind === 'directory' && !/(?:^|\/)(?:node_modules|\.git)$/.test(path))
    waiting.push(...below.map(({ path }) => path))
  }
  if (waiting.length > 0) gaps.push(`${waiting.length} or more directories below the first ${maxDirectories} were not listed.`)
  return found
}

async function readAll(
  survey: Survey,
  entries: readonly ListedEntry[],
): Promise<{ readonly findings: readonly Finding[]; readonly filesRead: number }> {
  const wanted = entries.filter(({ path, kind }) => kind === 'file' && readerOf(path) !== undefined && !looksSecret(path))
  const nameable = wanted.filter(({ path }) => isNameable(path))
  if (nameable.length < wanted.length)
    survey.gaps.push(`${wanted.length - nameable.length} files were not read: no grant should name them.`)
  const chosen = nameable.filter((entry) => isReadable(survey, entry)).slice(0, maxFilesRead)
  if (nameable.length > maxFilesRead)
    survey.gaps.push(`${nameable.length - maxFilesRead} settings beyond the first ${maxFilesRead} were not read.`)
  const rootManifest = chosen.some(({ path }) => path === 'package.json') ? await read(survey, 'package.json') : undefined
  const allowed = allowedScripts(rootManifest)
  const findings: Finding[] = []
  let filesRead = 0
  for (const { path } of chosen) {
    const text = path === 'package.json' ? rootManifest : await read(survey, path)
    if (text === undefined) continue
    filesRead += 1
    findings.push(...(readerOf(path)?.({ path, text }, { allowed }) ?? []))
  }
  return { findings, filesRead }
}

/** A name that looks like a pattern would be granted as one, and a name that holds a secret must not be handed on in a grant. */
function isNameable(path: string): boolean {
  return !path.endsWith('*') && redact(path) === path
}

function isReadable({ gaps }: Survey, { path, sizeBytes = 0 }: ListedEntry): boolean {
  const limit = lockFile.test(path) ? maxLockBytes : maxFileBytes
  if (sizeBytes <= limit) return true
  gaps.push(`${quote(path)} is larger than ${limit} bytes and was not read.`)
  return false
}

/** Undefined when it was refused or is no text; that is a gap and no reason to stop. */
async function read({ context, used, gaps }: Survey, path: string): Promise<string | undefined> {
  try {
    const { text } = await context.propose<{ readonly text: string }>('files.read', { path })
    used.add(`files.read:${path}`)
    return text
  } catch {
    gaps.push(`${quote(path)} could not be read.`)
    return undefined
  }
}

/** What any agent might do with a name like that, done once, to see what answers. */
async function tryToOpen(
  { context }: Survey,
  secrets: readonly string[],
): Promise<{ readonly path: string; readonly answer: string } | undefined> {
  const path = likeliestSecret(secrets)
  if (path === undefined) return undefined
  try {
    await context.propose('files.read', { path }, { reason: 'to see whether it can be opened' })
    return { path, answer: 'it was opened' }
  } catch {
    return { path, answer: 'refused' }
  }
}

async function write({ context }: Survey, path: string, content: string): Promise<void> {
  await context.propose('files.write', { path, content }, { reason: 'to hand over what was found' })
}
