/** Something somebody outside may act upon: a line said, or a record in the ledger, which stands for the outside. */
export interface Moment {
  readonly what: string
  /** Whether the entry that is its cause had been written to the run's log and synced by then. */
  readonly isCauseSynced: boolean
}

/** One traced run, by its name. */
export interface TracedRun {
  readonly moments: readonly Moment[]
  /** Syncs of the log from the asking until the commit was decided durably. */
  readonly logSyncs: number
  /** Syncs below the workspace. */
  readonly fileSyncs: number
}

interface Reading {
  readonly moments: Moment[]
  /** Content of the log by whether a sync has followed; as `strace` prints it. */
  written: string
  synced: string
  isAsked: boolean
  logSyncs: number
  fileSyncs: number
}

// `strace -f -y` prints `PID call(FD<path>, "content", ...) = result`; a call that another thread interrupts is printed in two lines.
const write = /\b(?:pwrite64|write|writev|pwritev)\((?<fd>\d+)<(?<path>[^>]+)>, (?<content>.*)$/u
const sync = /^(?<pid>\d+) +f(?:data)?sync\(\d+<(?<path>[^>]+)>(?<rest>.*)$/u
const resumed = /^(?<pid>\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0$/u

/** Reads what a traced process did in its order; `top` holds a directory for each run. */
export function readTrace(trace: string, top: string): (name: string) => TracedRun {
  const readings = new Map<string, Reading>()
  const readingOf = (name: string): Reading => {
    const known = readings.get(name) ?? { moments: [], written: '', synced: '', isAsked: false, logSyncs: 0, fileSyncs: 0 }
    readings.set(name, known)
    return known
  }
  const interrupted = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const { fd, path = '', content = '' } = write.exec(line)?.groups ?? {}
    if (fd === '1') readLine(content.slice(1, content.indexOf('\\n')), readingOf)
    else if (path.startsWith(`${top}/`)) readWrite(placeIn(path, top), content, readingOf)
    const begun = sync.exec(line)?.groups
    if (begun?.['rest']?.endsWith('= 0') === true) readSync(placeIn(begun['path'] ?? '', top), readingOf)
    else if (begun !== undefined) interrupted.set(begun['pid'] ?? '', begun['path'] ?? '')
    const pid = resumed.exec(line)?.groups?.['pid'] ?? ''
    const ended = interrupted.get(pid)
    interrupted.delete(pid)
    if (ended !== undefined) readSync(placeIn(ended, top), readingOf)
  }
  return readingOf
}

interface PlaceIn {
  readonly name: string
  /** Below the run's directory. */
  readonly path: string
}

function placeIn(path: string, top: string): PlaceIn {
  const [name = '', ...rest] = path.slice(top.length + 1).split('/')
  return { name, path: rest.join('/') }
}

type ReadingOf = (name: string) => Reading

function readWrite({ name, path }: PlaceIn, content: string, readingOf: ReadingOf): void {
  const reading = readingOf(name)
  if (path === 'data/log.sqlite-wal') reading.written += content
  if (path !== 'ledger/ledger.jsonl') return
  const action = /#(?<seq>\d+)/u.exec(content)?.groups?.['seq'] ?? ''
  reading.moments.push({ what: 'egress', isCauseSynced: reading.synced.includes(`\\"action\\":${action},\\"attempt\\":1`) })
}

/** `asked` marks the place; nobody acts upon it. */
function readLine(line: string, readingOf: ReadingOf): void {
  const [verb = '', name = ''] = line.split(' ')
  const reading = readingOf(name)
  if (verb === 'asked') reading.isAsked = true
  else reading.moments.push({ what: verb, isCauseSynced: holds(reading, verb === 'started' ? 'RunRequested' : 'RunTornDown') })
}

function readSync({ name, path }: PlaceIn, readingOf: ReadingOf): void {
  const reading = readingOf(name)
  if (path.startsWith('files')) reading.fileSyncs += 1
  if (path !== 'data/log.sqlite-wal') return
  if (reading.isAsked && !holds(reading, 'RunCommitDecided')) reading.logSyncs += 1
  reading.synced += reading.written
  reading.written = ''
}

function holds({ synced }: Reading, type: string): boolean {
  return synced.includes(`\\"type\\":\\"${type}\\"`)
}
