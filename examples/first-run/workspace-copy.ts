import { execFileSync } from 'node:child_process'
import { constants, copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSecretShaped } from '@ice-runtime/kernel'

/** Most entries of a copy, and most that are looked at to make one: the shallow ones come first. */
const maxEntries = 20_000
const maxVisited = 200_000
/** Larger files are data; the largest that is read here is a lock file. */
const maxFileBytes: number = 4 * 1024 * 1024
const maxTotalBytes: number = 256 * 1024 * 1024
/** Deeper paths are beyond what an action may name. */
const maxDepth = 40
/** What tools made or keep for themselves. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules'])
/** Settings that act on this machine whether or not git knows them. */
const settings = /(?:^|\/)(?:\.mcp\.json|\.(?:claude|cursor|vscode)\/.+)$/

/** Where the report will be: what has these names is left out. */
const reserved: ReadonlySet<string> = new Set(['agent-surface.md', 'agent-grants.json'])

/** What stands in a copy for the content of a secret-shaped file. */
export const standIn = 'A stand-in: the content of the original was not copied.\n'

export interface WorkspaceCopy {
  readonly isGit: boolean
  readonly entries: number
  readonly sizeBytes: number
  /** Secret-shaped files, each copied as a name with a stand-in for its content. */
  readonly standIns: readonly string[]
  /** Why entries were left out, with how many. */
  readonly leftOut: ReadonlyMap<string, number>
}

interface Copying {
  readonly from: string
  readonly to: string
  /** Paths git knows or would add; undefined where there is no repository. */
  readonly known: ReadonlySet<string> | undefined
  readonly standIns: string[]
  readonly leftOut: Map<string, number>
  entries: number
  sizeBytes: number
  visited: number
}

interface Place {
  readonly path: string
  readonly depth: number
}

/**
 * Copies what a person would call the repository: files that git tracks or would add, all where there is no git, and of what it
 * ignores only settings and the names of secret-shaped files. Links are copied as links, never followed.
 */
export function copyWorkspace(from: string, to: string): WorkspaceCopy {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const known = gitPaths(from)
  const copying: Copying = { from, to, known, standIns: [], leftOut: new Map(), entries: 0, sizeBytes: 0, visited: 0 }
  const waiting: Place[] = [{ path: '', depth: 0 }]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) waiting.push(...copyDirectory(copying, next))
  const { entries, sizeBytes, standIns, leftOut } = copying
  return { isGit: known !== undefined, entries, sizeBytes, standIns, leftOut }
}

function copyDirectory(copying: Copying, { path, depth }: Place): readonly Place[] {
  const below: Place[] = []
  for (const entry of namesIn(copying, path)) {
    copying.visited += 1
    const inside = path === '' ? entry.name : `${path}/${entry.name}`
    if (skipped.has(entry.name)) continue
    if (reserved.has(inside)) leaveOut(copying, 'where the report will be')
    else if (copying.visited > maxVisited || copying.entries >= maxEntries) leaveOut(copying, `beyond the first ${maxEntries} entries`)
    else if (entry.isDirectory()) {
      if (depth >= maxDepth) leaveOut(copying, `deeper than ${maxDepth} directories`)
      else below.push({ path: inside, depth: depth + 1 })
    } else if (isWanted(copying, inside)) copyEntry(copying, inside, entry)
  }
  if (path !== '' && copying.known === undefined) mkdirSync(join(copying.to, path), { recursive: true })
  return below
}

function namesIn(copying: Copying, path: string): readonly Dirent[] {
  try {
    const entries = readdirSync(join(copying.from, path), { withFileTypes: true })
    const named = entries.filter(({ name }) => !name.includes('\ufffd'))
    for (let unnamed = entries.length - named.length; unnamed > 0; unnamed -= 1) leaveOut(copying, 'whose name is not UTF-8')
    return named.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  } catch {
    leaveOut(copying, 'that cannot be read')
    return []
  }
}

function isWanted({ known }: Copying, path: string): boolean {
  return known === undefined || known.has(path) || settings.test(path) || isSecretShaped(path)
}

function copyEntry(copying: Copying, path: string, entry: Dirent): void {
  const [source, target] = [join(copying.from, path), join(copying.to, path)]
  try {
    const { size } = lstatSync(source)
    if (!entry.isSymbolicLink() && !entry.isFile()) return leaveOut(copying, 'that are no files')
    if (size > maxFileBytes) return leaveOut(copying, `larger than ${maxFileBytes / 1024 / 1024} MiB`)
    if (copying.sizeBytes + size > maxTotalBytes) return leaveOut(copying, `beyond ${maxTotalBytes / 1024 / 1024} MiB in all`)
    mkdirSync(dirname(target), { recursive: true })
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (isSecretShaped(path)) {
      writeFileSync(target, standIn)
      copying.standIns.push(path)
    } else {
      copyFileSync(source, target, constants.COPYFILE_FICLONE)
      copying.sizeBytes += size
    }
    copying.entries += 1
  } catch {
    leaveOut(copying, 'that cannot be read')
  }
}

function leaveOut({ leftOut }: Copying, why: string): void {
  leftOut.set(why, (leftOut.get(why) ?? 0) + 1)
}

const maxListingBytes: number = 256 * 1024 * 1024

/** Tracked and untracked-but-not-ignored paths below a directory; undefined where git is missing or knows no repository. */
function gitPaths(directory: string): ReadonlySet<string> | undefined {
  try {
    const listing = execFileSync('git', ['-c', 'core.fsmonitor=false', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: maxListingBytes,
    })
    const paths = listing
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '')
    // A directory that a repository around it ignores has none, and is looked at as if there were no git.
    return paths.length === 0 ? undefined : new Set(paths)
  } catch {
    return undefined
  }
}
