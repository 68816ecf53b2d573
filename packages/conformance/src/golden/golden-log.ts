import { decodeEntry, digestFromBytes, evolve, IceError, initialRun, parseDigest, parseLogId, parseRunId, parseStreamId, systemStream } from '@ice-runtime/kernel'
import type { IceEntry, LogId, Run, RunId, SealedEntry, StoredEntry, StreamId } from '@ice-runtime/kernel'

/** A log of a release, kept as text: what every later build has to read, prove, fold and decide to the same end. */
export interface GoldenLog {
  readonly logId: LogId
  /** Runs whose every entry was decided, so that their decisions can be replayed. The others are formats alone. */
  readonly decided: readonly RunId[]
  /** State hash of each run, as the build that wrote the log folded it. */
  readonly states: Readonly<Record<RunId, string>>
  readonly entries: readonly SealedEntry[]
}

/** The stored bytes stand in the line as they are, so that a diff shows what was said and a hash covers what is read. */
const entryLine = /^\{"stream":"([^"]+)","seq":(\d+),"hash":"([0-9a-f]{64})","body":(.*)\}$/

/** JSON lines: the log's own line, then one for each entry in log order. */
export function writeGoldenLog(log: GoldenLog): string {
  const { logId, decided, states } = log
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const lines = log.entries.map(
    ({ stream, seq, hash, bytes }) => `{"stream":"${stream}","seq":${seq},"hash":"${digestFromBytes(hash)}","body":${decoder.decode(bytes)}}`,
  )
  return `${[JSON.stringify({ logId, decided, states }), ...lines].join('\n')}\n`
}

/** Reads back what `writeGoldenLog` wrote, with `previous` as the order of the lines has it. Proves nothing. */
export function readGoldenLog(text: string, genesis: (stream: StreamId, logId: LogId) => Uint8Array): GoldenLog {
  const [first = '', ...rest] = text.trimEnd().split('\n')
  const header = JSON.parse(first) as { readonly logId: string; readonly decided: readonly string[]; readonly states: Readonly<Record<string, string>> }
  const logId = parseLogId(header.logId)
  const heads = new Map<StreamId, Uint8Array>()
  const entries = rest.map((line): SealedEntry => {
    const [, streamText = '', seq = '', hashText = '', body = ''] = entryLine.exec(line) ?? []
    const stream = parseStreamId(streamText)
    const hash = Buffer.from(parseDigest(hashText), 'hex')
    const previous = heads.get(stream) ?? genesis(stream, logId)
    heads.set(stream, hash)
    return { stream, seq: Number(seq), previous, hash, bytes: new TextEncoder().encode(body) }
  })
  return { logId, decided: header.decided.map(parseRunId), states: header.states, entries }
}

/** One stream of a log as this build can use it: folded, or left alone because it says something of a later version. */
export type ReadStream =
  | { readonly known: true; readonly run: Run; readonly entries: readonly IceEntry[] }
  | { readonly known: false; readonly detail: string }

/** Folds every run of a log. What this build does not know concerns the stream it stands in, and no other. */
export function readStreams(stored: readonly StoredEntry[]): ReadonlyMap<StreamId, ReadStream> {
  return new Map(Map.groupBy(stored, ({ stream }) => stream).entries().map(([stream, entries]) => [stream, readStream(stream, entries)]))
}

function readStream(stream: StreamId, stored: readonly StoredEntry[]): ReadStream {
  try {
    const entries = stored.map(decodeEntry)
    // The system stream folds into another state; as a run nothing of it is kept.
    const run = stream === systemStream ? initialRun('' as RunId) : entries.reduce(evolve, initialRun(stream))
    return { known: true, run, entries }
  } catch (error) {
    if (error instanceof IceError && error.code === 'taxonomy.unknown') return { known: false, detail: error.message }
    throw error
  }
}
