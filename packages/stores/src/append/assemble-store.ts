import type { Blobs, LogId, Store, ViewReader } from '@ice-runtime/kernel'
import type { CommitQueue } from './commit-queue.ts'
import { guardLogReader } from './committed-log.ts'
import type { Ask, CommittedLog } from './committed-log.ts'
import type { Life } from './life.ts'
import type { StreamHeads } from './stream-heads.ts'

/** What a technology brings; the queue in front of it is the same for all. */
export interface StoreParts {
  readonly logId: LogId
  readonly life: Life
  readonly queue: CommitQueue
  readonly heads: StreamHeads
  readonly committed: CommittedLog
  readonly blobs: Blobs
  readonly views: ViewReader
  /** Turns what the technology throws into a fault of ours. */
  readonly translate: Ask
  readonly rebuildViews: () => void
  readonly selfCheck: () => readonly string[]
  /** Gives back what the store holds; called once. */
  readonly release: () => void | Promise<void>
}

export function assembleStore(parts: StoreParts): Store {
  const { life, queue, heads, blobs, views } = parts
  const ask: Ask = (doing, task) => {
    life.assertOpen()
    return parts.translate(doing, task)
  }
  /** What is being written is visible a moment before it is told of: whoever reads waits for it, and all answers are of one moment. */
  const askSettled: Ask = (doing, task) => {
    life.assertOpen()
    queue.settle()
    return ask(doing, task)
  }
  const committed: CommittedLog = { ...parts.committed, head: heads.durable }
  let closed: Promise<void> | undefined
  const finish = async (): Promise<void> => {
    queue.drain()
    life.close()
    queue.wakes.wake()
    await parts.release()
  }
  /** Whoever closes again waits for the same end. */
  const close = (): Promise<void> => (closed ??= finish())
  return {
    log: {
      ...guardLogReader({ logId: parts.logId, committed, ask: askSettled, watch: () => queue.wakes.wait }),
      append: queue.append,
      flush: queue.flush,
    },
    blobs: {
      get: (digest) => ask('read a blob', () => blobs.get(digest)),
      has: (digest) => ask('look for a blob', () => blobs.has(digest)),
      put(bytes) {
        const ref = ask('keep a blob', () => blobs.put(bytes))
        // Also an empty blob has to wait for a group.
        queue.addBytes(Math.max(ref.sizeBytes, 1))
        return ref
      },
    },
    views: {
      get: (view, key) => askSettled('read a view', () => views.get(view, key)),
      list: (view, page) => askSettled('read a view', () => views.list(view, page)),
    },
    rebuildViews() {
      queue.drain()
      ask('rebuild the views', parts.rebuildViews)
    },
    selfCheck: () => askSettled('check the storage', parts.selfCheck),
    get healthy() {
      return life.phase === 'open'
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
