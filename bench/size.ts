import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { finishRun, openWorkload, stepsPerRun } from './workload.ts'

export const sizeBenchmark: Benchmark = { name: 'size', measure: measureSize }

interface Shape {
  readonly name: string
  readonly steps: number
  readonly runs: number
  readonly target?: Figure['target']
}

async function measureSize(bench: Bench): Promise<readonly Figure[]> {
  const actions = bench.scale.sizedActions
  const shapes: readonly Shape[] = [
    { name: 'one run', steps: actions, runs: 1, target: { bound: 'at most', value: 1300 } },
    { name: `runs of ${stepsPerRun}, all of the run included`, steps: stepsPerRun, runs: actions / stepsPerRun },
  ]
  const figures: Figure[] = []
  for (const shape of shapes) {
    const directory = join(bench.directory('size'), String(shape.runs))
    await fill(directory, shape)
    figures.push(...figuresOf(directory, shape))
  }
  return figures
}

/** Closing checkpoints the log, so that the file is all there is; it is not vacuumed, because nobody's is. */
async function fill(directory: string, { steps, runs }: Shape): Promise<void> {
  await using workload = await openWorkload(directory)
  const { ice, agents } = workload
  for (let run = 0; run < runs; run += concurrentRuns) {
    const count = Math.min(concurrentRuns, runs - run)
    await Promise.all(Array.from({ length: count }, () => finishRun(ice, { agent: agents.function, kind: 'staged', steps })))
  }
}

const concurrentRuns = 50

function figuresOf(directory: string, { name, steps, runs, target }: Shape): readonly Figure[] {
  const actions = steps * runs
  const path = join(directory, 'log.sqlite')
  const whole: Figure = {
    benchmark: 'size',
    name: `of one staged action, ${name}`,
    value: statSync(path).size / actions,
    unit: 'bytes',
    ...(target === undefined ? {} : { target }),
  }
  const parts = pagesByTable(path)
    .filter(({ sizeBytes }) => sizeBytes / actions >= leastShown)
    .map((part) => ({
      benchmark: 'size',
      name: `  of it ${part.name}, ${name}`,
      value: part.sizeBytes / actions,
      unit: 'bytes',
    }))
  return [whole, ...parts]
}

/** Parts of less than this many bytes an action are left out. */
const leastShown = 2

/** Largest first; empty where this SQLite was built without `dbstat`. */
function pagesByTable(path: string): readonly { readonly name: string; readonly sizeBytes: number }[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database.prepare('SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name ORDER BY size DESC').all()
    return rows.map((row) => ({ name: String(row['name']), sizeBytes: Number(row['size']) }))
  } catch (error) {
    if (error instanceof Error && error.message.includes('dbstat')) return []
    throw error
  } finally {
    database.close()
  }
}
