import { decodeEntry } from '@ice-runtime/kernel'
import type { IceEntry, LogReader, Position, RunId } from '@ice-runtime/kernel'

/** The entries of one run as they become durable, until it has ended or the signal aborts. */
export async function* followRun(
  log: LogReader,
  run: { readonly id: RunId; readonly from: Position },
  signal: AbortSignal,
): AsyncGenerator<IceEntry> {
  for await (const page of log.follow(run.from, signal)) {
    for (const stored of page) {
      if (stored.stream !== run.id) continue
      const entry = decodeEntry(stored)
      yield entry
      if (entry.type === 'RunTornDown') return
    }
  }
}
