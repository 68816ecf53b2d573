/** What the mutated sources look at: which mutant is on, and what ran. The name is the instrumenter's. */
interface Switchboard {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: { readonly static: Hits; readonly perTest: { [test: string]: Hits } } | undefined
}
type Hits = { readonly [mutant: string]: number }

const holder = globalThis as { __stryker__?: Switchboard }

function board(): Switchboard {
  holder.__stryker__ ??= {}
  return holder.__stryker__
}

/** A loop that a mutant made endless ends after this many of its turns. */
const mostHits = 100_000

/** Runs something with one mutant on. */
export async function withMutant<Result>(id: string, task: () => Promise<Result>): Promise<Result> {
  const switches = board()
  switches.activeMutant = id
  switches.hitCount = 0
  switches.hitLimit = mostHits
  try {
    return await task()
  } finally {
    switches.activeMutant = undefined
    switches.hitLimit = undefined
  }
}

/** Runs something and keeps which mutants its code passes, under a name. */
export async function watched<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
  const switches = board()
  switches.currentTestId = name
  try {
    return await task()
  } finally {
    switches.currentTestId = undefined
  }
}

/** Names whose code passed a mutant. */
export function passing(mutant: string): readonly string[] {
  const tests = board().mutantCoverage?.perTest ?? {}
  return Object.keys(tests).filter((name) => (tests[name]?.[mutant] ?? 0) > 0)
}

/** True for what runs only while the module is loaded: switching it later changes nothing. */
export function isStatic(mutant: string): boolean {
  return passing(mutant).length === 0 && (board().mutantCoverage?.static[mutant] ?? 0) > 0
}
