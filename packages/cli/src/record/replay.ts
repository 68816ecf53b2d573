import { sha256 } from '@ice-runtime/ice/reader'
import { replayRun, verifies } from '@ice-runtime/ice/record'
import type { AgentReplay, ReplayReport } from '@ice-runtime/ice/record'
import { openQuickjsPool, restoreAgent } from '@ice-runtime/ice/parts'
import type { QuickjsPool } from '@ice-runtime/ice/parts'
import { describeMatch, IceError } from '@ice-runtime/kernel'
import type { AgentHost, StoreReader } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import { readRun } from './recorded-run.ts'
import type { RecordedRun } from './recorded-run.ts'

/** `ice replay` */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  await using threads = lazyPool()
  const recorded = readRun(store, args[0] ?? 'last')
  const host = await keptAgent(recorded, store, threads)
  const report = await replayRun(store, recorded.id, { sha256, verifies, host })
  if (terminal.json) terminal.data.line(JSON.stringify(report))
  else tellReport(report, recorded, terminal)
  return report.identical ? 'ok' : 'diverged'
}

interface LazyPool extends AsyncDisposable {
  open(): Promise<QuickjsPool>
}

/** Threads are started only for an agent that needs one. */
function lazyPool(): LazyPool {
  let pool: Promise<QuickjsPool> | undefined
  return {
    open: () => (pool ??= openQuickjsPool({ workers: 1 })),
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.[Symbol.asyncDispose]()
    },
  }
}

/** The agent from what is kept beside its runs; undefined for a function, whose code belongs to the program that embedded it. */
async function keptAgent({ request }: RecordedRun, store: StoreReader, threads: LazyPool): Promise<AgentHost | undefined> {
  const { bundle, digest, name } = request.agent
  if (bundle === undefined) return undefined
  const host = await restoreAgent(store.blobs.get(bundle), () => threads.open())
  if (host.identity.digest === digest) return host
  const hint = 'its engine or its loop is of another version; decisions and state do not depend on it'
  throw new IceError('agent.not_found', `this version cannot host the ${visible(name)} that ran`, { hint })
}

function tellReport(report: ReplayReport, recorded: RecordedRun, { data }: Terminal): void {
  const { decisions, agent, state } = report
  const same = (identical: boolean): string => (identical ? data.paint('good', 'identical') : data.paint('bad', 'diverged'))
  data.line(`${data.paint('strong', report.run)}  ${countText(report.entries, 'entry', 'entries')}`)
  data.line(`  decisions  ${same(decisions.divergence === undefined)}  ${countText(decisions.count, 'command')} decided again`)
  if (agent === undefined) data.line(`  agent      ${notReplayed(recorded)}`)
  else data.line(`  agent      ${same(agent.mismatch === undefined)}  ${countText(agent.same, 'proposal')} the same, ${promiseText(agent)}`)
  data.line(`  state      ${same(state.identical)}  ${data.paint('faint', state.hash)}`)
  if (decisions.divergence !== undefined) {
    const { seq, recorded: was, replayed } = decisions.divergence
    for (const line of difference(`#${seq}`, was, replayed)) data.line(line)
  }
  if (agent?.mismatch !== undefined) for (const line of agentDifference(agent.mismatch)) data.line(line)
  data.line(`model calls: ${report.modelCalls}, network: ${report.networkCalls}, identical: ${report.identical ? 'yes' : 'no'}`)
}

function notReplayed({ request, entries }: RecordedRun): string {
  if (!entries.some((entry) => entry.type === 'ExecutionStarted')) return 'not replayed: it never executed'
  if (request.agent.kind === 'host') return 'not replayed: another program, of which the uses of tools are here and nothing else'
  return `not replayed: a ${request.agent.kind} of the program that embedded ICE, whose code is not kept`
}

function promiseText({ promise }: AgentReplay): string {
  return promise === 'promised' ? 'as promised' : 'compared only: this kind of agent may read what is not recorded'
}

function difference(place: string, was: string, is: string): readonly string[] {
  return [`  first difference at ${place}`, `    recorded  ${visible(was)}`, `    replayed  ${visible(is)}`]
}

function agentDifference(mismatch: NonNullable<AgentReplay['mismatch']>): readonly string[] {
  if (mismatch.match === 'end') return difference('the agent’s end', mismatch.recorded, mismatch.replayed)
  return [`  first difference: ${visible(describeMatch(mismatch))}`]
}
