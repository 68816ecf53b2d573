import { platform, release } from 'node:os'
import { probeIsolation } from '@ice-runtime/ice/parts'
import type { Primitive } from '@ice-runtime/ice/parts'
import type { Finding } from './check.ts'

/** The earliest SQLite without the WAL-reset bug; the store refuses an older one. */
const neededSqlite = '3.51.3'
const neededNode = 24

export function versionFindings(): readonly Finding[] {
  const { node, sqlite = 'none' } = process.versions
  const nodeIsOld = Number(node.split('.')[0]) < neededNode
  return [
    {
      name: 'node',
      state: nodeIsOld ? 'broken' : 'fine',
      detail: `${node} on ${platform()} ${release()}`,
      ...(nodeIsOld ? { disables: `everything: Node ${neededNode} is needed` } : {}),
    },
    isOlder(sqlite, neededSqlite)
      ? { name: 'sqlite', state: 'broken', detail: sqlite, disables: `the log: SQLite ${neededSqlite} is needed` }
      : { name: 'sqlite', state: 'fine', detail: sqlite },
  ]
}

function isOlder(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number))
  for (const [index, part] of (want ?? []).entries()) if ((have?.[index] ?? 0) !== part) return (have?.[index] ?? 0) < part
  return false
}

/** What goes without each primitive, and whether there is something weaker in its place. */
const without: { readonly [primitive in Primitive['primitive']]: { readonly required: boolean; readonly disables: string } } = {
  koffi: { required: false, disables: 'system calls: files are opened by a slower walk' },
  openat2: { required: false, disables: 'opening a path in one call: a walk without links does it' },
  fd_walk: { required: false, disables: 'the walk that stands in for openat2' },
  'renameat2.exchange': { required: true, disables: 'committing over a file that exists' },
  'renameat2.noreplace': { required: true, disables: 'committing new files' },
  flock: { required: true, disables: 'one commit at a time in a workspace' },
  'fsync.directory': { required: true, disables: 'commits that survive a power cut' },
}

/** Each primitive, tried in the directory that matters. `ways` to open a file must not all be missing. */
export function isolationFindings(directory: string): readonly Finding[] {
  const probed = probeIsolation({ directory })
  const opens = probed.some(({ primitive, available }) => available && (primitive === 'openat2' || primitive === 'fd_walk'))
  return probed.map(({ primitive, available, detail }): Finding => {
    const { required, disables } = without[primitive]
    if (available) return { name: primitive, state: 'fine', detail }
    const isLastWay = !opens && (primitive === 'openat2' || primitive === 'fd_walk')
    return { name: primitive, state: required || isLastWay ? 'broken' : 'missing', detail, disables }
  })
}
