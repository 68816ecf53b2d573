import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** The path a decision takes through the kernel: every stage of it, and every comparison inside. */
export const decisionPath: readonly string[] = [
  'authority/approval.ts',
  'authority/budget.ts',
  'authority/cost.ts',
  'authority/effect-class.ts',
  'authority/escrow.ts',
  'authority/grant-index.ts',
  'authority/grant-rate.ts',
  'authority/grant.ts',
  'authority/grants.ts',
  'authority/label-rule.ts',
  'authority/labels.ts',
  'authority/lending.ts',
  'authority/resource-pattern.ts',
  'run/allowance.ts',
  'run/assumptions.ts',
  'run/authorize.ts',
  'run/decide-again.ts',
  'run/decide-approval.ts',
  'run/decide-child.ts',
  'run/decide-dispatch.ts',
  'run/decide-host.ts',
  'run/decide-proposal.ts',
  'run/revocation.ts',
  'run/run-budget.ts',
  'run/spawning.ts',
]

/** One change of the source, switched on by its number. */
export interface Mutant {
  readonly id: string
  readonly file: string
  readonly line: number
  readonly mutator: string
  /** What stood there, and what stands there instead. */
  readonly original: string
  readonly replacement: string
}

/** Texts for people carry no decision: what matters of a refusal is its code, and that is compared elsewhere. */
const excluded = ['StringLiteral']

/** Writes a copy of the kernel whose decision path holds every mutant, each off, and says where it begins. */
export async function writeMutatedKernel(
  kernel: string,
  target: string,
): Promise<{ readonly entry: string; readonly mutants: readonly Mutant[] }> {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  cpSync(join(kernel, 'src'), join(target, 'src'), { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  cpSync(join(kernel, 'package.json'), join(target, 'package.json'))
  const sources = decisionPath.map((name) => ({ name, content: readFileSync(join(kernel, 'src', name), 'utf8') }))
  assertComplete(kernel)
  const instrumented = await new Instrumenter(silent).instrument(
    sources.map((source) => ({ ...source, mutate: true })),
    { plugins: null, excludedMutations: excluded, ignorers: [] },
  )
  for (const { name, content } of instrumented.files) writeFileSync(join(target, 'src', name), content)
  const texts = new Map(sources.map(({ name, content }) => [name, content]))
  return {
    entry: pathToFileURL(join(target, 'src/index.ts')).href,
    // What is excluded is listed all the same, and was not written.
    mutants: instrumented.mutants.filter(({ status }) => status !== 'Ignored').map((mutant) => told(mutant, texts)),
  }
}

/** A file that was renamed would be mutated no more, and the score would stay. */
function assertComplete(kernel: string): void {
  const there = new Set(globSync('**/*.ts', { cwd: join(kernel, 'src') }))
  const missing = decisionPath.filter((name) => !there.has(name))
  if (missing.length > 0) throw new Error(`not in the kernel any more: ${missing.join(', ')}`)
}

type Instrumented = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number]

function told(mutant: Instrumented, texts: ReadonlyMap<string, string>): Mutant {
  const { id, fileName, location, mutatorName, replacement } = mutant
  const lines = (texts.get(fileName) ?? '').split('\n')
  const { start, end } = location
  const text = lines.slice(start.line, end.line + 1).map((line, index, all) => {
    const to = index === all.length - 1 ? end.column : line.length
    return line.slice(index === 0 ? start.column : 0, to).trim()
  })
  return {
    id,
    file: fileName,
    line: start.line + 1,
    mutator: mutatorName,
    original: text.join(' '),
    replacement: replacement.split(/\s+/).join(' '),
  }
}

const nothing = (): undefined => undefined
const no = (): boolean => false
const silent = {
  isTraceEnabled: no,
  isDebugEnabled: no,
  isInfoEnabled: no,
  isWarnEnabled: no,
  isErrorEnabled: no,
  isFatalEnabled: no,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
}
