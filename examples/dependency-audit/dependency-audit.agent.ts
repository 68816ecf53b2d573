import { defineAgent } from '@ice-runtime/agents/define'
import type { AgentContext, AgentDefinition } from '@ice-runtime/agents/define'
import { importsOf } from './imports.ts'
import type { Imported } from './imports.ts'
import { isPermissive, licencesOf } from './licences.ts'

/** Entries of one listing, and sources read: larger repositories need a narrower start. */
const maxEntries = 5000
const maxSources = 3000
const maxSourceBytes = 512 * 1024
const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/
/** What tools made: nobody imports it from there. */
const generated = /(?:^|\/)(?:\.[^/]+|dist|build|coverage|vendor)\//
const lockFile = 'package-lock.json'

interface Manifest {
  /** Directory of the manifest with a slash at its end, empty for the top. */
  readonly directory: string
  readonly name: string
  readonly declared: ReadonlySet<string>
  /** What must be imported somewhere: neither types nor tools that only scripts name. */
  readonly expected: ReadonlySet<string>
}

interface Listed {
  readonly path: string
  readonly kind: string
  readonly sizeBytes?: number
}

const agent: AgentDefinition = defineAgent({
  name: 'dependency-audit',
  version: '1.0.0',
  requests: [{ actions: ['files.list', 'files.read'], resources: ['file:**'] }],
  output: {
    type: 'object',
    required: ['undeclared', 'unused', 'licences', 'unusual', 'sources'],
    properties: { undeclared: { type: 'array' }, unused: { type: 'array' } },
  },
  async run(_input, context) {
    const { entries, truncated } = await context.propose<{ readonly entries: readonly Listed[]; readonly truncated: boolean }>(
      'files.list',
      {
        path: '.',
        recursive: true,
        limit: maxEntries,
      },
    )
    const written = entries.filter(({ path, kind }) => kind === 'file' && !generated.test(path))
    const files = written.map(({ path }) => path)
    const manifests = await readManifests(context, files)
    const small = written.filter(({ path, sizeBytes = 0 }) => sourceFile.test(path) && sizeBytes <= maxSourceBytes)
    const sources = small.slice(0, maxSources).map(({ path }) => path)
    const used = await readSources(context, sources)
    const licences = files.includes(lockFile) ? licencesOf(parse(await read(context, lockFile))) : []
    return {
      truncated: truncated || small.length > maxSources,
      sources: sources.length,
      undeclared: undeclared(manifests, used),
      unused: unused(manifests, used),
      licences: countBy(licences.map(([, licence]) => licence)),
      unusual: licences.filter(([, licence]) => !isPermissive(licence)).map(([name, licence]) => ({ name, licence })),
    }
  },
})
export default agent

type Used = ReadonlyMap<string, readonly Imported[]>

async function readManifests(context: AgentContext, files: readonly string[]): Promise<readonly Manifest[]> {
  const found: Manifest[] = []
  for (const path of files.filter((file) => /(?:^|\/)package\.json$/.test(file))) {
    const manifest = parse(await read(context, path))
    const names = (field: string): readonly string[] => Object.keys(objectOf(manifest[field]))
    const everything = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap(names)
    const scripts = Object.values(objectOf(manifest['scripts'])).join('\n')
    const expected = names('dependencies').filter(
      (name) => !name.startsWith('@types/') && !scripts.includes(name.split('/').at(-1) ?? name),
    )
    found.push({
      directory: path.slice(0, -'package.json'.length),
      name: String(manifest['name']),
      declared: new Set(everything),
      expected: new Set(expected),
    })
  }
  return found
}

async function readSources(context: AgentContext, sources: readonly string[]): Promise<Used> {
  const used = new Map<string, readonly Imported[]>()
  for (const path of sources) used.set(path, importsOf(await read(context, path)))
  return used
}

interface Undeclared {
  /** The manifest that should name it. */
  readonly manifest: string
  readonly name: string
  /** It is a package of this repository, which resolves without being declared until it is published. */
  readonly isOwn: boolean
  /** The first place, and how many there are. */
  readonly path: string
  readonly line: number
  readonly count: number
}

/** Imported, and declared neither by the nearest manifest nor by the one at the top. */
function undeclared(manifests: readonly Manifest[], used: Used): readonly Undeclared[] {
  const top = manifests.find(({ directory }) => directory === '')
  const own = new Set(manifests.map(({ name }) => name))
  const found = new Map<string, Undeclared>()
  for (const [path, imports] of used) {
    const home = nearest(manifests, path)
    if (home === undefined) continue
    const manifest = `${home.directory}package.json`
    for (const { name, line } of imports) {
      if (name === home.name || home.declared.has(name) || top?.declared.has(name) === true) continue
      const known = found.get(`${manifest} ${name}`) ?? { manifest, name, isOwn: own.has(name), path, line, count: 0 }
      found.set(`${manifest} ${name}`, { ...known, count: known.count + 1 })
    }
  }
  return [...found.values()]
}

/** Declared for running, and imported by no source of the package. */
function unused(manifests: readonly Manifest[], used: Used): readonly { readonly path: string; readonly name: string }[] {
  return manifests.flatMap((manifest) => {
    const imported = new Set(
      [...used].filter(([path]) => nearest(manifests, path) === manifest).flatMap(([, imports]) => imports.map(({ name }) => name)),
    )
    return [...manifest.expected].filter((name) => !imported.has(name)).map((name) => ({ path: `${manifest.directory}package.json`, name }))
  })
}

function nearest(manifests: readonly Manifest[], path: string): Manifest | undefined {
  const above = manifests.filter(({ directory }) => path.startsWith(directory))
  return above.toSorted((left, right) => right.directory.length - left.directory.length)[0]
}

function countBy(names: readonly string[]): { readonly [name: string]: number } {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** Empty for what was refused or is no text: nothing is concluded from it. */
async function read(context: AgentContext, path: string): Promise<string> {
  try {
    return (await context.propose<{ readonly text: string }>('files.read', { path })).text
  } catch {
    return ''
  }
}

function parse(text: string): { readonly [name: string]: unknown } {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return {}
  }
}

function objectOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
