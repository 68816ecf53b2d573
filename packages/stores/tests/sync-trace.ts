import { dirname } from 'node:path'

/** What a traced writer did between two acknowledgements, and what it had not synced when it gave the later one. */
export interface Acknowledged {
  readonly line: string
  readonly logSyncs: number
  readonly unsynced: readonly string[]
}

// `strace -f -y` prints `PID call(FD<path>, ...)`, and paths of calls without a descriptor in quotes.
const patterns = {
  write: /\b(?:pwrite64|write|pwritev|writev)\(\d+<(?<path>[^>]+)>/u,
  sync: /\bf(?:data)?sync\(\d+<(?<path>[^>]+)>\)\s+= 0/u,
  rename: /\brename(?:at2?)?\(.*"(?<path>[^"]+)"(?:, 0)?\)\s+= 0/u,
  makeDirectory: /\bmkdir(?:at)?\(.*"(?<path>[^"]+)".*\)\s+= 0/u,
  say: /\bwrite\(1<[^>]*>, "(?<path>appended [^\\]*)/u,
} as const

/**
 * Follows which files and names under a directory have changed since they were last synced. The database file itself does not
 * count: a checkpoint writes to it what the synced WAL still holds. Nor do the shared-memory index and the owner's lock.
 */
export function acknowledgedIn(trace: string, directory: string): readonly Acknowledged[] {
  const unsynced = new Set<string>()
  const acknowledged: Acknowledged[] = []
  let logSyncs = 0
  for (const line of wholeCalls(trace)) {
    const said = pathIn(line, 'say')
    if (said !== undefined) {
      acknowledged.push({ line: said, logSyncs, unsynced: [...unsynced] })
      logSyncs = 0
    }
    const written = pathIn(line, 'write')
    if (written !== undefined && counts(written, directory)) unsynced.add(written)
    const synced = pathIn(line, 'sync')
    if (synced !== undefined) unsynced.delete(synced)
    if (synced?.endsWith('log.sqlite-wal') === true) logSyncs += 1
    const named = pathIn(line, 'rename') ?? pathIn(line, 'makeDirectory')
    if (named !== undefined && counts(named, directory)) unsynced.add(dirname(named))
  }
  return acknowledged
}

/**
 * A call during which another thread made one is printed in two lines, `PID call(… <unfinished ...>` and `PID <... call resumed>…`. What was
 * written or said counts from the first, what was synced or named from the second, which is then the whole call.
 */
function* wholeCalls(trace: string): Iterable<string> {
  const begun = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const pid = line.slice(0, line.indexOf(' '))
    const resumed = /<\.\.\. \w+ resumed>(?<rest>.*)$/u.exec(line)?.groups?.['rest']
    const start = begun.get(pid)
    if (resumed !== undefined && start !== undefined) {
      begun.delete(pid)
      if (!patterns.write.test(start)) yield start + resumed
      continue
    }
    if (line.endsWith(unfinished)) begun.set(pid, line.slice(0, -unfinished.length))
    yield line
  }
}

const unfinished = ' <unfinished ...>'

function pathIn(line: string, kind: keyof typeof patterns): string | undefined {
  return patterns[kind].exec(line)?.groups?.['path']
}

function counts(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`) && (path.endsWith('log.sqlite-wal') || path.startsWith(`${directory}/blobs/`))
}
