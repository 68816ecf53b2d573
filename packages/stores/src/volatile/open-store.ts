import { assert, digestFromBytes, emptyHead, growTree, IceError, maxPageEntries } from '@ice-runtime/kernel'
import type {
  Blobs,
  Digest,
  LogId,
  Position,
  ReadRange,
  SealContext,
  Sha256,
  Store,
  StoredEntry,
  StreamHead,
  StreamId,
  ViewDefinition,
} from '@ice-runtime/kernel'
import { assembleStore } from '../append/assemble-store.ts'
import { defaultLingerMs, startCommitQueue } from '../append/commit-queue.ts'
import { writeAtOnce } from '../append/group-sink.ts'
import type { Group } from '../append/group-sink.ts'
import type { CommittedLog } from '../append/committed-log.ts'
import { startLife } from '../append/life.ts'
import { trackStreamHeads } from '../append/stream-heads.ts'
import { processTimers } from '../append/timers.ts'
import type { Timers } from '../append/timers.ts'
import { assertBlobSize, checkBlob, copied } from '../blob/check-blob.ts'
import { decodeEntry } from '../view/decode-entry.ts'
import type { DecodeEntry } from '../view/decode-entry.ts'
import { foldLog } from '../view/fold-log.ts'
import { foldViews } from '../view/view-folds.ts'
import { volatileViews } from '../view/volatile-views.ts'
import { emptyContent } from './content.ts'
import type { VolatileContent } from './content.ts'

/** How the write of a group ends. `lost` and `kept` both break the store: to its user they look the same until it reads again. */
export type CommitFate = 'durable' | 'lost' | 'kept'

export interface VolatileStoreOptions {
  readonly logId: LogId
  readonly sha256: Sha256
  readonly views: readonly ViewDefinition[]
  readonly decode?: DecodeEntry
  readonly lingerMs?: number
  readonly timers?: Timers
  /** What an earlier store left; a new log without it. */
  readonly content?: VolatileContent
  /** Asked before each group is written, so that a simulation can break the store there. */
  readonly commitFate?: () => CommitFate
}

/** Opens a store in memory under the same contract as one on disk. Throws `data.in_use` when another store has the content. */
export function openVolatileStore(options: VolatileStoreOptions): Store {
  const { logId, sha256, content = emptyContent() } = options
  if (content.owner.taken) throw new IceError('data.in_use', 'another store uses this content')
  const life = startLife()
  const rows = volatileViews()
  const committed = committedIn(content, { logId, sha256 })
  const log = { read: (from: Position, limit: number) => committed.read({ from }, limit), decode: options.decode ?? decodeEntry }
  const blobs = gatherBlobs(content, sha256)
  const folds = foldViews(options.views, rows.reader.get)
  foldLog(log, 1, { folds, write: rows.write })
  const heads = trackStreamHeads(committed.head)
  const queue = startCommitQueue({
    life,
    heads,
    folds,
    timers: options.timers ?? processTimers,
    lingerMs: options.lingerMs ?? defaultLingerMs,
    lastPosition: committed.lastPosition(),
    sink: writeAtOnce((group) => {
      const fate = options.commitFate?.() ?? 'durable'
      if (fate !== 'lost') {
        blobs.keep()
        keep(content, group, sha256)
        rows.write(group.rows)
      }
      if (fate !== 'durable') throw new IceError('store.failed', 'the write of a group broke')
    }),
  })
  content.owner.taken = true
  return assembleStore({
    logId,
    life,
    queue,
    heads,
    committed,
    blobs,
    views: rows.reader,
    translate: (_doing, task) => task(),
    rebuildViews() {
      rows.clear()
      folds.reset()
      foldLog(log, 1, { folds, write: rows.write })
    },
    selfCheck: () => findings(content),
    release() {
      content.owner.taken = false
    },
  })
}

interface WaitingBlobs extends Blobs {
  keep(): void
}

function gatherBlobs(content: VolatileContent, sha256: Sha256): WaitingBlobs {
  const waiting = new Map<Digest, Uint8Array>()
  const bytesOf = (digest: Digest): Uint8Array | undefined => waiting.get(digest) ?? content.blobs.get(digest)
  return {
    get: (digest) => checkBlob(digest, copied(bytesOf(digest)), sha256),
    has: (digest) => bytesOf(digest) !== undefined,
    put(bytes) {
      assertBlobSize(bytes)
      const digest = digestFromBytes(sha256(bytes))
      if (bytesOf(digest) === undefined) waiting.set(digest, new Uint8Array(bytes))
      return { blob: digest, sizeBytes: bytes.length }
    },
    keep() {
      for (const [digest, bytes] of waiting) content.blobs.set(digest, bytes)
      waiting.clear()
    },
  }
}

function committedIn(content: VolatileContent, context: SealContext): CommittedLog {
  return {
    head: (stream) => headOf(content, stream, context),
    lastPosition: () => content.entries.length,
    read: (range, limit) => pageOf(content, range, limit),
    streams: (page) => streamsOf(content, page),
    edge: () => content.tree.edge,
  }
}

function keep(content: VolatileContent, group: Group, sha256: Sha256): void {
  let { position } = group
  for (const { sealed } of group.entries) {
    const { stream, seq, previous, hash, bytes } = sealed
    const stored: StoredEntry = { position, stream, seq, previous, hash, bytes }
    content.entries.push(stored)
    const ofStream = content.streams.get(stream)
    if (ofStream === undefined) content.streams.set(stream, [stored])
    else ofStream.push(stored)
    position += 1
  }
  const leaves = group.entries.map(({ sealed }) => sealed.hash)
  content.tree.edge = growTree(content.tree.edge, leaves, sha256)
}

function headOf(content: VolatileContent, stream: StreamId, context: SealContext): StreamHead {
  const last = content.streams.get(stream)?.at(-1)
  if (last === undefined) return emptyHead(stream, context)
  return { stream, seq: last.seq, hash: last.hash, at: decodeEntry(last).at }
}

function pageOf(
  content: VolatileContent,
  { stream, from = 1, to = Number.MAX_SAFE_INTEGER }: ReadRange,
  limit: number,
): readonly StoredEntry[] {
  assert(limit <= maxPageEntries, `a page has at most ${maxPageEntries} entries`)
  const entries = stream === undefined ? content.entries : (content.streams.get(stream) ?? [])
  // Positions and seqs count from 1 without gap, so each is its index plus one.
  return entries.slice(Math.max(from, 1) - 1, Math.min(to, Math.max(from, 1) - 1 + limit))
}

function streamsOf(content: VolatileContent, page: { readonly after?: StreamId; readonly limit: number }): readonly StreamId[] {
  const all = [...content.streams.keys()]
  if (page.after === undefined) return all.slice(0, page.limit)
  const at = all.indexOf(page.after)
  return at < 0 ? [] : all.slice(at + 1, at + 1 + page.limit)
}

function findings(content: VolatileContent): readonly string[] {
  const { edge } = content.tree
  return edge.size === content.entries.length
    ? []
    : [`the tree's edge is over ${edge.size} entries, the log holds ${content.entries.length}`]
}
