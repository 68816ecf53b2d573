import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createIce, sha256, verifies } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { replayRun } from '@ice-runtime/ice/record'
import type { AgentHost, EntryId, RunId } from '@ice-runtime/kernel'
import { openCollector, requestEffect } from './collector.ts'
import type { Collector } from './collector.ts'
import { governedRun } from './governed-run.ts'
import { counted, obedientModel, poisonCopy } from './hijack.ts'
import { hijackedRun, hijackedUnderPolicy } from './hijacked-run.ts'
import type { HijackedRun } from './hijacked-run.ts'
import { honestRun } from './honest-run.ts'
import type { HonestRun } from './honest-run.ts'
import { installScriptsValidator } from './install-scripts-validator.ts'
import { isSound, namedEntries, tamperWithCopy, verifyData } from './proof.ts'
import { createScreen } from './screen.ts'
import type { Screen } from './screen.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'

const usage = 'usage: npm start -- [--workspace DIR]'
const thisRepository = fileURLToPath(new URL('../..', import.meta.url))

/** Runs the whole story. Resolves with the exit code: 0 when everything it states holds, 1 when not, 2 for a wrong call. */
async function main(): Promise<number> {
  const repository = requestedWorkspace()
  if (repository === undefined) return 2
  const screen = createScreen(process.stdout)
  screen.heading('ICE · what could an agent do in this repository, and what is the least it needs?')
  const stage = setStage(repository)
  describeStage(screen, repository, stage)
  await using collector = await openCollector()
  const told = await tellRuns(screen, stage, collector)
  await proveRecord(screen, stage, told.refusal)
  return conclude(screen, stage, told)
}

function requestedWorkspace(): string | undefined {
  try {
    const { values } = parseArgs({ options: { workspace: { type: 'string' } } })
    const workspace = resolve(values.workspace ?? thisRepository)
    if (existsSync(workspace) && statSync(workspace).isDirectory()) return workspace
    process.stderr.write(`${workspace} is no directory\n${usage}\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
  }
  return undefined
}

function describeStage(screen: Screen, repository: string, { workspace, data, copy, secret, isPlanted }: Stage): void {
  const { entries, sizeBytes, standIns, leftOut, isGit } = copy
  screen.item('repository', repository)
  screen.item(
    'works on',
    workspace,
    `a copy of ${entries} files, ${(sizeBytes / 1024 / 1024).toFixed(1)} MiB, ${isGit ? 'as git lists them' : 'as no git lists them'}`,
  )
  for (const [why, count] of leftOut) screen.item('left out', `${count} ${why}`)
  if (standIns.length > 0)
    screen.item('secrets', `${standIns.length} secret-shaped, copied by name alone: ${standIns.slice(0, 3).join(', ')}`)
  if (isPlanted) screen.item('planted', `${secret}, because nothing here has the name of a secret`)
  screen.item('record', data)
}

interface Told {
  readonly runs: readonly RunId[]
  readonly report: string
  readonly refusal: EntryId | undefined
}

/** Parts 1 to 3, and the replay of their runs, while the record is open. */
async function tellRuns(screen: Screen, stage: Stage, collector: Collector): Promise<Told> {
  const poisoned = poisonCopy(stage.poisoned)
  const model = counted(obedientModel({ ...poisoned, secret: stage.secret, collectorUrl: collector.url }))
  await using ice = await createIce({
    workspace: stage.workspace,
    data: stage.data,
    models: { scripted: model },
    effects: [requestEffect()],
    validators: [installScriptsValidator],
    control: true,
  })
  const honest = await honestRun(screen, ice, stage)
  const hijacked = await hijackedRun(screen, ice, { stage, poisoned, collector })
  const governed = await underPolicy(screen, ice, { stage, honest, hijacked })
  screen.heading('4  The proof')
  const calls = (): { readonly model: number; readonly network: number } => ({ model: model.calls(), network: collector.received() })
  const runs = [honest, hijacked, ...governed]
  for (const { run, agent } of runs) await replay(screen, ice, { run, host: agent, calls })
  screen.line()
  return { runs: runs.map(({ run }) => run), report: honest.report, refusal: honest.refusal }
}

interface Before {
  readonly stage: Stage
  readonly honest: HonestRun
  readonly hijacked: HijackedRun
}

/** Part 3: the same two agents once more, under a policy. */
async function underPolicy(screen: Screen, ice: Ice, { stage, honest, hijacked }: Before): Promise<readonly HijackedRun[]> {
  const { agent, run, allow, files } = honest
  if (allow === undefined) {
    screen.check('there is a run to write a policy from', false)
    return []
  }
  const governed = await governedRun(screen, ice, { stage, run, agent, allow, files })
  return [
    { run: governed, agent },
    { run: await hijackedUnderPolicy(screen, ice, { stage, agent: hijacked.agent }), agent: hijacked.agent },
  ]
}

interface Replayed {
  readonly run: RunId
  readonly host: AgentHost
  /** What has been asked of the model and sent to the collector so far. */
  calls(): { readonly model: number; readonly network: number }
}

async function replay(screen: Screen, ice: Ice, { run, host, calls }: Replayed): Promise<void> {
  const before = calls()
  const report = await replayRun(ice.store, run, { sha256, verifies, host })
  const after = calls()
  const [model, network] = [after.model - before.model, after.network - before.network]
  const holds = report.identical && report.agent !== undefined && model === 0 && network === 0
  screen.check(`replay ${run}  model calls: ${model}, network: ${network}, identical: ${report.identical ? 'yes' : 'no'}`, holds)
  screen.faint(
    `  ${report.decisions.count} decisions made again, byte-equal; ${report.agent?.same ?? 0} proposals made again by the agent, the same`,
  )
}

/** Part 4 on the closed record: it verifies, and a copy with one byte changed does not. */
async function proveRecord(screen: Screen, { data, damaged }: Stage, refusal: EntryId | undefined): Promise<void> {
  const report = await verifyData(data)
  screen.check(
    `verify: ${report.entryCount} entries in ${report.streamCount} streams, every hash, law and cited content`,
    isSound(report) && report.entryCount > 0,
  )
  if (refusal === undefined) return screen.check('there is a refusal on record to tamper with', false)
  const { before, after, changedBytes } = tamperWithCopy(data, damaged, refusal)
  screen.line()
  screen.line(`In a copy of the record, ${changedBytes} byte of one entry is changed: ${before} becomes ${after}.`)
  const found = await verifyData(damaged)
  const named = namedEntries(found)
  for (const problem of found.problems) screen.line(`  ${problem.code}: ${problem.detail}`)
  screen.check(
    `verify names that entry and no other: ${named.join(', ')} (exit 8)`,
    changedBytes === 1 && named.length > 0 && named.every((entry) => entry === refusal),
  )
  screen.check('the record itself still verifies', isSound(await verifyData(data)))
}

function conclude(screen: Screen, { root, data, policy, damaged }: Stage, { runs, report }: Told): number {
  const [first, hijacked, governed] = runs
  screen.heading('Look further')
  screen.item('report', report)
  screen.item('grants', join(report, '..', 'agent-grants.json'))
  screen.item('policy', policy)
  screen.item('runs', ...shownRuns(runs))
  screen.line()
  const seen = [
    `show ${first ?? ''}`,
    `explain ${first ?? ''}`,
    `show ${hijacked ?? ''} --diff`,
    `show ${governed ?? ''}`,
    'policy',
    'verify',
  ]
  screen.line(`npm run ice -- policy test ${policy}`)
  for (const command of seen) screen.line(`npm run ice -- ${command} --data ${data}`)
  screen.line(`npm run ice -- verify --data ${damaged}`)
  screen.line()
  screen.faint(`Everything is below ${root}; delete it when you have seen enough.`)
  const failures = screen.failures()
  if (failures.length === 0) return 0
  process.stderr.write(`\ndid not hold:\n${failures.map((failure) => `  ${failure}\n`).join('')}`)
  return 1
}

/** Two in a line, which is as many as fit. */
function shownRuns([first, second, ...others]: readonly RunId[]): readonly [string, ...string[]] {
  return [[first, second].join('  '), others.join('  ')]
}

process.exitCode = await main()
