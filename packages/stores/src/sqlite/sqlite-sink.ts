import { fateOf } from '../append/group-sink.ts'
import type { Group, GroupSink } from '../append/group-sink.ts'
import type { Fate } from '../append/pending-group.ts'
import type { PendingBlobs } from './blob-tables.ts'
import { translated } from './database.ts'
import type { WriteGroup } from './group-writer.ts'
import { rowText } from './view-writer.ts'
import type { WriterLink } from './writer-link.ts'

/**
 * Entries from which a group goes to the writer thread. Below, the hand-over costs more than writing, and with few runs there is nothing
 * to do meanwhile.
 */
export const defaultThreadFromEntries = 16

/** Large groups that are written here before the thread is started, so that a single burst does not pay for a start that takes longer. */
const groupsBeforeThread = 16

/** Entries from which a group does not wait for the end of the turn: enough that one sync and one hand-over hardly count per entry. */
const earlyFromEntries = 64

export interface SqliteSink extends GroupSink {
  /** Resolves when no thread holds anything of the log. */
  end(): Promise<void>
}

export interface SqliteSinkParts {
  readonly blobs: PendingBlobs
  /** Writes on this thread's connection. */
  readonly writeHere: WriteGroup
  readonly startThread: () => WriterLink
  readonly threadFromEntries: number
}

/**
 * Writes small groups on this thread and large ones on another, one at a time: each has a connection, and only one of them has
 * something to write. The thread is started when large groups keep coming, and none waits for its start.
 */
export function openSqliteSink({ blobs, writeHere, startThread, threadFromEntries }: SqliteSinkParts): SqliteSink {
  let thread: WriterLink | undefined
  let largeGroups = 0

  function threadFor(entries: number): WriterLink | undefined {
    if (entries < threadFromEntries) return undefined
    largeGroups += 1
    if (thread === undefined && threadFromEntries > 0 && largeGroups <= groupsBeforeThread) return undefined
    thread ??= startThread()
    if (threadFromEntries === 0) thread.finish()
    return thread.isFree ? thread : undefined
  }

  return {
    write({ position, entries, rows }: Group, landed) {
      const content = { position, entries: entries.map(({ sealed }) => sealed), blobs: blobs.take(), rows: rows.map(rowText) }
      const settled = (fate: Fate): void => {
        if (fate.durable) blobs.settle()
        landed(fate)
      }
      const other = threadFor(entries.length)
      if (other === undefined) settled(fateOf(() => translated('write a group', () => writeHere(content))))
      else other.write(content, settled)
    },
    poll: () => thread?.poll(),
    takesEarly: (entries) => entries >= earlyFromEntries && thread?.isFree === true,
    finish: () => thread?.finish(),
    end: async () => await thread?.end(),
  }
}
