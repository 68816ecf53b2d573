import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleAgent, quickjsAgent } from '@ice-runtime/agents'
import { renderDiff } from '@ice-runtime/effects'
import type { Ice } from '@ice-runtime/ice'
import { foldRun, readEntries } from '@ice-runtime/ice/record'
import type { AgentHost, EntryId, GrantTerms, Run, RunId } from '@ice-runtime/kernel'
import { entryId, resourceMatches } from '@ice-runtime/kernel'
import { severities } from './audit/finding.ts'
import type { Finding } from './audit/finding.ts'
import { explainRefusal } from './explain-refusal.ts'
import { recordedActions } from './recorded-actions.ts'
import type { RecordedAction } from './recorded-actions.ts'
import type { Screen } from './screen.ts'
import type { Stage } from './stage.ts'

/** What the agent states as its output; its schema has been checked by the run. */
interface AuditOutput {
  readonly report: string
  readonly grants: string
  readonly names: number
  readonly filesRead: number
  readonly counts: { readonly [severity: string]: number }
  readonly worst: readonly Finding[]
  readonly attempted: string | null
  readonly allow: readonly string[]
}

export interface HonestRun {
  readonly agent: AgentHost
  readonly run: RunId
  readonly report: string
  /** The entry that refused the secret-shaped file. */
  readonly refusal: EntryId | undefined
  /** Where the two files are that it left. */
  readonly files: readonly string[]
  /** All that it needed, as on the command line; undefined where it did not commit. */
  readonly allow: readonly string[] | undefined
}

/** All that the first run is given: to look anywhere, to write two files. */
const generous: readonly string[] = ['files.list:.', 'files.read:.', 'files.write:agent-surface.md', 'files.write:agent-grants.json']
const maxDiffLines = 14
const maxShownAllowances = 12

/** The agent looks, is refused what it should not see, and leaves a report and the least that it needed. */
export async function honestRun(screen: Screen, ice: Ice, stage: Stage): Promise<HonestRun> {
  const pool = await ice.quickjs()
  const bundle = await bundleAgent(fileURLToPath(new URL('surface-audit.agent.ts', import.meta.url)), { pool })
  const agent = quickjsAgent({ bundle, pool })
  screen.heading('1  An honest agent')
  screen.item('agent', 'surface-audit, JavaScript in QuickJS: no disk, no network, only proposals')
  screen.item('allowed', generous.slice(0, 2).join('  '), generous.slice(2).join('  '))
  screen.line()
  const first = await ice.run(agent, { workspace: stage.workspace, allow: generous })
  const result = await first.done
  const entries = readEntries(ice.store.log, first.id)
  const run = foldRun(first.id, entries)
  const actions = recordedActions(entries, ice.store.blobs)
  const refused = actions.find((action) => action.end === 'refused' && action.subject === stage.secret)
  printActions(screen, actions, refused)
  if (refused !== undefined) explainRefusal(screen, refused, { ice, run })
  screen.line()
  printDiff(screen, run, ice)
  screen.line()
  const checks = entries.find((entry) => entry.type === 'ValidationPassed')?.payload.checks ?? []
  screen.check(`${stage.secret} was asked for and refused by policy`, refused?.refusal?.payload.code === 'policy.forbidden')
  screen.check(`validators passed: ${checks.map(({ name }) => name).join(', ')}`, checks.length > 0 && checks.every(({ passed }) => passed))
  screen.check(`run ${result.outcome}: ${first.id}`, result.outcome === 'committed')
  const files = ['agent-surface.md', 'agent-grants.json'].map((name) => join(stage.workspace, name))
  const [report = ''] = files
  const refusal = refused?.refusal === undefined ? undefined : entryId(first.id, refused.refusal.seq)
  const ended = { agent, run: first.id, report, refusal, files }
  if (result.outcome !== 'committed') return { ...ended, allow: undefined }
  const output = result.output as unknown as AuditOutput
  printFindings(screen, output, report)
  printLeast(screen, ice, { allow: output.allow, actions })
  return { ...ended, allow: output.allow }
}

function printActions(screen: Screen, actions: readonly RecordedAction[], refused: RecordedAction | undefined): void {
  for (const name of ['files.list', 'files.read']) {
    const done = actions.filter(({ action, end }) => action === name && end === 'succeeded')
    const [first] = done
    if (first !== undefined)
      screen.mark(
        'done',
        `${name}  ${done
          .map(({ subject }) => subject)
          .slice(0, 4)
          .join(', ')}${done.length > 4 ? `, and ${done.length - 4} more` : ''}`,
      )
  }
  for (const { action, subject } of actions.filter(({ staged }) => staged)) screen.mark('staged', `${action}  ${subject}`)
  const others = actions.filter(({ end }) => end === 'refused' || end === 'failed')
  for (const { action, subject, end } of others.filter((other) => other !== refused))
    screen.mark('refused', `${action}  ${subject}  ${end}`)
  if (refused !== undefined) screen.mark('refused', `${refused.action}  ${refused.subject}  refused`)
}

function printDiff(screen: Screen, run: Run, ice: Ice): void {
  const lines = renderDiff(
    run.staged.entries().map(([, change]) => change),
    ice.store.blobs,
  ).split('\n')
  const added = lines.filter((line) => line.startsWith('+') && !line.startsWith('+++')).length
  screen.item('staged', `${run.staged.size} files, ${added} lines`)
  // The report comes last and is the one worth a look.
  const start = Math.max(
    0,
    lines.findIndex((line) => line.startsWith('diff agent-surface.md')),
  )
  for (const line of lines.slice(start, start + maxDiffLines)) screen.faint(line)
  if (lines.length > start + maxDiffLines) screen.faint(`… ${lines.length - start - maxDiffLines} lines more`)
}

function printFindings(screen: Screen, { names, filesRead, counts, worst }: AuditOutput, report: string): void {
  const total = severities.map((severity) => `${counts[severity] ?? 0} ${severity}`)
  screen.line()
  screen.line(`What an agent could do here: ${total.join(', ')}  (${names} names, ${filesRead} files read)`)
  for (const { severity, path, line, text } of worst.slice(0, 8))
    screen.line(`  ${severity.padEnd(7)} ${line === undefined ? path : `${path}:${line}`}  ${text}`)
  screen.item('report', report)
}

function printLeast(
  screen: Screen,
  ice: Ice,
  { allow, actions }: { readonly allow: readonly string[]; readonly actions: readonly RecordedAction[] },
): void {
  screen.line()
  screen.line(`The least it needs: ${allow.length} allowances, from what it used`)
  for (const allowance of allow.slice(0, maxShownAllowances)) screen.faint(`  --allow ${allowance}`)
  if (allow.length > maxShownAllowances) screen.faint(`  … ${allow.length - maxShownAllowances} more in agent-grants.json`)
  const granted = allow.map((allowance) => ice.terms(allowance))
  const used = actions.filter(({ end }) => end === 'succeeded')
  screen.check(
    'each covers something the run did',
    granted.every((terms) => used.some((action) => isCovered(action, terms))),
  )
}

function isCovered({ action, subject }: RecordedAction, { actions, resources }: GrantTerms): boolean {
  return actions.includes(action) && resources.some((pattern) => resourceMatches(pattern, `file:${subject}`))
}
