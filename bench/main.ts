import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks.ts'
import { fullScale, quickScale } from './figure.ts'
import type { Bench, Figure } from './figure.ts'
import { describeMachine } from './machine.ts'
import { renderReport } from './report.ts'
import type { BenchReport } from './report.ts'

const usage = `npm run bench -- [--json] [--only NAME]... [--quick] [--save] [--directory DIR]
  NAME is one of ${benchmarks.map(({ name }) => name).join(', ')}
  --save writes bench/results/DATE.json; --directory is where the data goes, which must not be memory`

/** Exits with 0 when everything was measured, whatever the figures: a missed target is printed, not a failure. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      directory: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const unknown = values.only.find((wanted) => !benchmarks.some(({ name }) => name === wanted))
  if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}\n${usage}`)
  const root = workingDirectory(values.directory)
  try {
    const machine = describeMachine(root)
    if (machine.fileSystem === 'tmpfs') throw new Error(`${root} is in memory, where a sync costs nothing: name another --directory`)
    const bench = benchIn(root, { quick: values.quick, silent: values.json })
    const chosen = benchmarks.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
    const figures: Figure[] = []
    for (const { measure } of chosen) figures.push(...(await measure(bench)))
    const report: BenchReport = { date: new Date().toISOString().slice(0, 10), machine, figures }
    console.log(values.json ? JSON.stringify(report, null, 2) : renderReport(report))
    if (values.save) save(report)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Beside the installed packages: the same disk as the code, ignored by git, and hardly ever memory. */
function workingDirectory(named: string | undefined): string {
  const parent = named === undefined ? fileURLToPath(new URL('../node_modules/.cache', import.meta.url)) : resolve(named)
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'ice-bench-'))
}

function benchIn(root: string, { quick, silent }: { readonly quick: boolean; readonly silent: boolean }): Bench {
  return {
    directory: (name) => {
      const path = join(root, name)
      mkdirSync(path, { recursive: true })
      return path
    },
    scale: quick ? quickScale : fullScale,
    note: (text) => {
      if (!silent) console.error(text)
    },
  }
}

function save(report: BenchReport): void {
  const path = fileURLToPath(new URL(`results/${report.date}.json`, import.meta.url))
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
  console.error(`written to ${path}`)
}

await main()
