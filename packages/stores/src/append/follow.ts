import type { Position, StoredEntry } from '@ice-runtime/kernel'

/** Entries handed over at once: large enough to be cheap per entry, small enough not to hold up the process. */
const followPageEntries = 1024

export interface FollowParts {
  readonly read: (from: Position, limit: number) => readonly StoredEntry[]
  /** Called after an empty read, in the same turn; resolves when reading again is worth while or the signal aborts. */
  readonly wait: (signal: AbortSignal) => Promise<void>
}

/** Pages from a position on, for as long as the signal lets it. */
export async function* followPages(parts: FollowParts, from: Position, signal: AbortSignal): AsyncGenerator<readonly StoredEntry[]> {
  let next = from
  while (!signal.aborted) {
    const page = parts.read(next, followPageEntries)
    const last = page.at(-1)
    if (last === undefined) {
      await parts.wait(signal)
      continue
    }
    next = last.position + 1
    yield page
  }
}
