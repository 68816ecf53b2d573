/** The packages there are, and what the sources of each may import. Read it as a list: a package never imports a later one. */
export const packageTable: ReadonlyMap<string, readonly string[]> = new Map([
  ['kernel', []],
  ['policy', ['kernel']],
  ['isolation', ['kernel']],
  ['stores', ['kernel']],
  ['runtime', ['kernel']],
  ['effects', ['kernel', 'isolation']],
  ['agents', ['kernel', 'isolation']],
  ['adapters', ['kernel']],
  ['ice', ['kernel', 'policy', 'isolation', 'stores', 'runtime', 'effects', 'agents']],
  ['cli', ['kernel', 'ice']],
  ['conformance', ['kernel', 'runtime']],
])

/** Folders of the kernel, each free to import the ones before it. */
export const kernelFolders: readonly string[] = ['log', 'authority', 'action', 'memory', 'run', 'replay']

/** What an example may use: what a stranger would install. `agents/define` is the authoring half of the agents package. */
export const exampleImports: readonly string[] = [
  '@ice-runtime/ice',
  '@ice-runtime/ice/policy',
  '@ice-runtime/ice/record',
  '@ice-runtime/agents',
  '@ice-runtime/agents/define',
  '@ice-runtime/effects',
  '@ice-runtime/kernel',
]

/** The kernel's one dependency, for schemas. */
export const kernelDependencies: readonly string[] = ['zod/mini', 'zod/v4/core']

/** Packages that touch the real world by themselves. Everybody else is handed what they use. */
export const ambientPackages: ReadonlySet<string> = new Set(['cli', 'ice'])

/** Files outside those packages that need a power, each with its reason. A path that no longer exists is a violation. */
export const ambientExceptions: ReadonlyMap<string, { readonly powers: readonly string[]; readonly reason: string }> = new Map()

export const scope = '@ice-runtime/'

/** `packages/<folder>/src/...` belongs to that package; undefined for files outside packages. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

/** Tests, and the folders that hold nothing else. They wire real things together and may import any package. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || /(?:^|\/)tests\//.test(path)
}
