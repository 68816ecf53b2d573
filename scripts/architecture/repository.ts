import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** A text file of the repository. `path` is relative to its root and `/`-separated. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** A package of the workspace, as its manifest declares it. */
export interface PackageManifest {
  /** Folder name under `packages/`. */
  readonly folder: string
  readonly name: string
  /** False for packages marked private, which stay in this repository. */
  readonly published: boolean
  /** Source files that an `exports` entry points to, relative to the root of the repository. */
  readonly entryFiles: readonly string[]
  /** `exports` keys: `.`, `./sqlite`. */
  readonly subpaths: readonly string[]
  readonly dependencies: readonly string[]
}

/** All that the checks look at, so that a test can hand them an invented repository. */
export interface Repository {
  readonly files: readonly TextFile[]
  readonly packages: readonly PackageManifest[]
}

/** Written by tools, kept by nobody. */
const skippedFolders = new Set(['.git', '.ice', 'coverage', 'dist', 'node_modules'])
const textFilePattern = /(?:\.(?:ts|cjs|mjs|js|json|md|sh|ya?ml|jsonl|ndjson)|\/run|LICENSE|\.npmrc|\.gitignore)$/

export function readRepository(root: string): Repository {
  const files: TextFile[] = []
  collect(root, root, files)
  return { files, packages: files.filter(isPackageManifest).map(readManifest) }
}

function collect(root: string, folder: string, into: TextFile[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) collect(root, path, into)
    } else if (entry.isFile() && textFilePattern.test(path)) {
      // A file may vanish between the listing and the reading when an editor saves; what is gone has no rules to keep.
      if (existsSync(path)) into.push({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') })
    }
  }
}

function isPackageManifest(file: TextFile): boolean {
  return /^packages\/[^/]+\/package\.json$/.test(file.path)
}

/** Reads what the checks need and trusts npm for the rest: a malformed manifest fails here with its own message. */
export function readManifest(file: TextFile): PackageManifest {
  const folder = file.path.split('/')[1] ?? ''
  const manifest: unknown = JSON.parse(file.text)
  const exported = Object.entries(memberObject(manifest, 'exports'))
  return {
    folder,
    name: String(memberOf(manifest, 'name')),
    published: memberOf(manifest, 'private') !== true,
    subpaths: exported.map(([subpath]) => subpath),
    entryFiles: exported.map(([, target]) => `packages/${folder}/${String(memberOf(target, 'source')).replace(/^\.\//, '')}`),
    dependencies: Object.keys(memberObject(manifest, 'dependencies')),
  }
}

function memberObject(value: unknown, key: string): object {
  const member = memberOf(value, key)
  return typeof member === 'object' && member !== null ? member : {}
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Object.entries(value).find(([name]) => name === key)?.[1] as unknown) : undefined
}
