import { join } from 'node:path'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'
import { finishRun, kinds, openWorkload } from './workload.ts'
import type { Kind, Workload } from './workload.ts'

export const growthBenchmark: Benchmark = { name: 'growth', measure: measureGrowth }

/** A run this long shows what grows; in shorter ones a tenth is a few actions, so they have no target. */
const judgedActions = 10_000

async function measureGrowth(bench: Bench): Promise<readonly Figure[]> {
  const { scale } = bench
  const times: number[] = []
  await using workload = await openWorkload(join(bench.directory('growth'), 'ice'), (_run, at) => void times.push(at))
  const passes = new Map<string, number[]>()
  // The first round compiles the code; without it the first tenth would be slow and every ratio good.
  for (let repetition = 0; repetition <= growthRepetitions(scale.repetitions); repetition += 1) {
    for (const actions of scale.growth) {
      for (const kind of kinds) {
        bench.note(`growth: ${actions} ${kind} actions, ${repetition === 0 ? 'warming up' : `repetition ${repetition}`}`)
        const ratio = await ratioOfTenths({ workload, times }, kind, actions)
        if (repetition > 0) passes.set(`${kind} ${actions}`, [...(passes.get(`${kind} ${actions}`) ?? []), ratio])
      }
    }
  }
  return scale.growth.flatMap((actions) =>
    kinds.map((kind) => ({
      benchmark: 'growth',
      name: `${kind}, last tenth ÷ first tenth of ${actions} actions`,
      value: median(passes.get(`${kind} ${actions}`) ?? []),
      unit: '×',
      ...(actions === judgedActions ? { target: { bound: 'at most', value: 1.1 } as const } : {}),
    })),
  )
}

/** One repetition holds 22,000 actions, so fewer of them than elsewhere make the same sample. */
function growthRepetitions(repetitions: number): number {
  return Math.ceil(repetitions / 2)
}

/** Compares what is usual in each tenth: what grows with a run makes every action slower, while one slow sync says nothing of it. */
async function ratioOfTenths(
  parts: { readonly workload: Workload; readonly times: number[] },
  kind: Kind,
  actions: number,
): Promise<number> {
  const { workload, times } = parts
  times.length = 0
  await finishRun(workload.ice, { agent: workload.agents.function, kind, steps: actions })
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at))
  const tenth = Math.max(Math.floor(gaps.length / 10), 1)
  return median(gaps.slice(-tenth)) / median(gaps.slice(0, tenth))
}
