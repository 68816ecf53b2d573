import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { idleExplanations, isExplained } from './explained-survivors.ts'
import type { Mutant } from './mutated-sources.ts'
import { writeMutatedKernel } from './mutated-sources.ts'
import { isStatic, passing, watched, withMutant } from './switchboard.ts'

const kernel = fileURLToPath(new URL('../../packages/kernel', import.meta.url))
const target = fileURLToPath(new URL('../../node_modules/.cache/mutated-kernel', import.meta.url))
/** Of the mutants that run; what is left must be explained one by one. */
const leastScore = 90

/** Exits with 1 when too many mutants live, one lives that nobody has explained, or one is explained that does not. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const { entry, mutants } = await writeMutatedKernel(kernel, target)
  loadInstead(entry)
  const { allCases, allClaims } = await import('../../tests/authority/all-cases.ts')
  const { runCase } = await import('../../tests/authority/run-case.ts')
  const checks = new Map<string, () => Promise<boolean>>()
  // Claims first: each takes no time.
  for (const { name, holds, is } of Object.values(allClaims).flat()) checks.set(name, async () => isDeepStrictEqual(holds(), is))
  for (const told of Object.values(allCases).flat()) {
    const wanted = { events: told.events, effects: told.effects ?? [] }
    checks.set(told.name, async () => isDeepStrictEqual(await bounded(runCase(told)), wanted))
  }
  const isRed = async (name: string): Promise<boolean> => {
    try {
      return (await checks.get(name)?.()) !== true
    } catch {
      return true
    }
  }

  for (const name of checks.keys()) {
    if (await watched(name, () => isRed(name))) throw new Error(`red without any mutant: ${name}`)
  }
  const tried = mutants.filter(({ id, file }) => !isStatic(id) && (values.only === undefined || file.includes(values.only)))
  const lived: Mutant[] = []
  for (const [index, mutant] of tried.entries()) {
    if (!(await dies(mutant, isRed))) {
      lived.push(mutant)
      if (!isExplained(mutant)) console.log(textOf(mutant))
    }
    if (index % 50 === 49) console.error(`${index + 1} of ${tried.length}, ${lived.length} live`)
  }
  const idle = values.only === undefined ? idleExplanations(lived) : []
  for (const one of idle) console.log(`explained, and not live: ${one}`)
  report(tried, lived)
  if (idle.length > 0) process.exitCode = 1
}

/** Whoever asks for the kernel gets the copy, which lies where the platform would not read types by itself. */
function loadInstead(entry: string): void {
  const place = new URL('..', entry).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@ice-runtime/kernel' ? { url: entry, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      if (!url.startsWith(place)) return next(url, context)
      const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

async function dies({ id }: Mutant, isRed: (name: string) => Promise<boolean>): Promise<boolean> {
  for (const name of passing(id)) if (await withMutant(id, () => isRed(name))) return true
  return false
}

/** A mutant that makes a run wait for ever is noticed by nothing else. */
const longestCaseMs = 5000

function bounded<Result>(task: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not end')), longestCaseMs)
    task.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function textOf({ file, line, mutator, original, replacement }: Mutant): string {
  return `${file}:${line} ${mutator}\n  - ${original}\n  + ${replacement}`
}

function report(tried: readonly Mutant[], lived: readonly Mutant[]): void {
  const unexplained = lived.filter((mutant) => !isExplained(mutant))
  const score = (100 * (tried.length - lived.length)) / tried.length
  console.log(
    `mutants: ${tried.length}, killed: ${tried.length - lived.length}, live: ${lived.length}, of which explained: ${lived.length - unexplained.length}`,
  )
  console.log(`score: ${score.toFixed(1)} %`)
  if (tried.length === 0 || score < leastScore || unexplained.length > 0) process.exitCode = 1
}

// A run that a mutant broke may still reject after its case has ended.
process.on('unhandledRejection', () => undefined)
await main()
process.exit()
