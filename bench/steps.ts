import type { RunId } from '@ice-runtime/kernel'
import { join } from 'node:path'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { recordRun } from './recorded-run.ts'
import { openChainedRows } from './reference/chained-rows.ts'
import { bareLog, leastSteps } from './reference/rounds.ts'
import type { Round } from './reference/rounds.ts'
import { measureSyncs } from './reference/sync-append.ts'
import { median, quantile } from './statistics.ts'
import { finishRun, kinds, openWorkload, result, stepsPerRun } from './workload.ts'
import type { Kind, Workload } from './workload.ts'

/** One repetition: milliseconds of single steps, steps a second over everything. */
interface Pass {
  readonly latencies: readonly number[]
  readonly rate: number
}

interface Subject {
  readonly name: string
  readonly pass: (concurrent: number) => Promise<Pass> | Pass
}

export const stepsBenchmark: Benchmark = { name: 'steps', measure: measureSteps }

/** Reference and subjects take turns, so that whatever else the machine does meets them all. */
async function measureSteps(bench: Bench): Promise<readonly Figure[]> {
  const { scale } = bench
  const directory = bench.directory('steps')
  const times = new Map<RunId, number>()
  let latencies: number[] = []
  const onPerform = (run: RunId, at: number): void => {
    const before = times.get(run)
    if (before !== undefined) latencies.push(at - before)
    times.set(run, at)
  }
  await using workload = await openWorkload(join(directory, 'ice'), onPerform)
  using bareRows = openChainedRows(join(directory, 'bare.db'))
  using leastRows = openChainedRows(join(directory, 'least.db'))
  const bare = bareLog(bareRows, await recordRun(join(directory, 'recorded')))
  const least = leastSteps(leastRows, result)
  const take = (): readonly number[] => {
    const taken = latencies
    latencies = []
    times.clear()
    return taken
  }
  const subjects: readonly Subject[] = [
    { name: 'fdatasync', pass: () => syncPass(join(directory, 'append'), scale.syncs) },
    { name: 'reference', pass: (concurrent) => roundsPass(bare, concurrent, scale.steps) },
    { name: 'least steps', pass: (concurrent) => roundsPass(least, concurrent, scale.steps) },
    ...(['function', 'quickjs'] as const).flatMap((host) =>
      kinds.map((kind) => ({
        name: `${kind} ${host}`,
        pass: (count: number) => runsPass(workload, { host, kind, take }, { count, steps: scale.steps }),
      })),
    ),
  ]
  const figures: Figure[] = []
  for (const concurrent of scale.concurrency) {
    const passes = await takeTurns(subjects, concurrent, bench)
    figures.push(...figuresOf(passes, concurrent))
  }
  return figures
}

/** All passes of one concurrency by subject; a first round is not counted, so that code is compiled and caches are filled. */
async function takeTurns(
  subjects: readonly Subject[],
  concurrent: number,
  { scale, note }: Bench,
): Promise<ReadonlyMap<string, readonly Pass[]>> {
  const passes = new Map<string, Pass[]>(subjects.map(({ name }) => [name, []]))
  for (let repetition = 0; repetition <= scale.repetitions; repetition += 1) {
    note(`steps at ${concurrent}: ${repetition === 0 ? 'warming up' : `${repetition} of ${scale.repetitions}`}`)
    for (const { name, pass } of subjects) {
      if (name === 'fdatasync' && concurrent !== 1) continue
      const measured = await pass(concurrent)
      if (repetition > 0) passes.get(name)?.push(measured)
    }
  }
  return passes
}

function syncPass(path: string, count: number): Pass {
  const latencies = measureSyncs(path, count)
  return { latencies, rate: (1000 * count) / latencies.reduce((sum, each) => sum + each, 0) }
}

/** Whole runs, because the rounds of a run are not alike. */
function roundsPass(round: Round, runs: number, steps: number): Pass {
  const rounds = stepsPerRun * Math.ceil(Math.max(steps / runs, leastRounds) / stepsPerRun)
  const latencies: number[] = []
  const started = performance.now()
  for (let index = 0; index < rounds; index += 1) {
    const before = performance.now()
    round(runs)
    latencies.push(performance.now() - before)
  }
  return { latencies, rate: (1000 * rounds * runs) / (performance.now() - started) }
}

/** Enough of them that the first and the last, which are not full, hardly count. */
const leastRounds = 50

interface RunsOf {
  readonly host: keyof Workload['agents']
  readonly kind: Kind
  readonly take: () => readonly number[]
}

/** Keeps `count` runs at work until enough are done: each run is started, makes its steps, commits and is torn down. */
async function runsPass(
  workload: Workload,
  { host, kind, take }: RunsOf,
  size: { readonly count: number; readonly steps: number },
): Promise<Pass> {
  const runs = Math.max(Math.ceil(size.steps / stepsPerRun), size.count * (leastRounds / stepsPerRun))
  let left = runs
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await finishRun(workload.ice, { agent: workload.agents[host], kind, steps: stepsPerRun })
    }
  }
  take()
  const started = performance.now()
  await Promise.all(Array.from({ length: size.count }, worker))
  const elapsedMs = performance.now() - started
  return { latencies: take(), rate: (1000 * runs * stepsPerRun) / elapsedMs }
}

function figuresOf(passes: ReadonlyMap<string, readonly Pass[]>, concurrent: number): readonly Figure[] {
  const figures: Figure[] = []
  const put = (name: string, value: number, rest: Pick<Figure, 'unit' | 'target'>): void => {
    figures.push({ benchmark: 'steps', name: `${name}, ${concurrent} ${concurrent === 1 ? 'run' : 'runs'}`, value, ...rest })
  }
  for (const [name, taken] of passes) {
    if (taken.length === 0) continue
    put(
      `${name} p50`,
      across(taken, (pass) => median(pass.latencies)),
      { unit: 'ms' },
    )
    put(
      `${name} p99`,
      across(taken, (pass) => quantile(pass.latencies, 0.99)),
      { unit: 'ms' },
    )
    put(
      `${name} rate`,
      across(taken, (pass) => pass.rate),
      { unit: 'steps/s' },
    )
  }
  const reference = passes.get('reference') ?? []
  const least = passes.get('least steps') ?? []
  const durable = passes.get('durable function') ?? []
  if (concurrent === 1) {
    const ratio = ratioOf(durable, reference, (pass) => median(pass.latencies))
    const runMs = across(durable, ({ rate }) => (1000 * stepsPerRun) / rate)
    put(`a whole run of ${stepsPerRun} durable actions`, runMs, { unit: 'ms' })
    put('durable p50 ÷ reference p50', ratio, { unit: '×', target: { bound: 'at most', value: 2.5 } })
    put(
      'durable p50 ÷ least steps p50',
      ratioOf(durable, least, (pass) => median(pass.latencies)),
      { unit: '×' },
    )
  }
  const shareOf = (passes: readonly Pass[]): number => 100 * ratioOf(durable, passes, (pass) => pass.rate)
  const target = concurrent >= 64 ? { target: { bound: 'at least', value: 20 } as const } : {}
  put('durable rate ÷ reference rate', shareOf(reference), { unit: '%', ...target })
  put('durable rate ÷ least steps rate', shareOf(least), { unit: '%' })
  return figures
}

function across(passes: readonly Pass[], measure: (pass: Pass) => number): number {
  return median(passes.map(measure))
}

/** The median of the ratios of neighbours in time: noise that lasts longer than a pass is in both and falls out. */
function ratioOf(subject: readonly Pass[], reference: readonly Pass[], measure: (pass: Pass) => number): number {
  return median(subject.map((pass, index) => measure(pass) / measure(reference[index] ?? pass)))
}
