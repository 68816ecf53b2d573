import { entryId, IceError } from '@ice-runtime/kernel'
import type { Entry, EntryBody, StoredEntry } from '@ice-runtime/kernel'

/** Turns a stored entry into what folds consume. The runtime hands in one that also lifts old versions. */
export type DecodeEntry = (stored: StoredEntry) => Entry

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes the stored bytes as they are, without lifting old versions. Checks no hash; throws `integrity.broken` when the bytes
 * do not hold an entry's body at all.
 */
export function decodeEntry(stored: StoredEntry): Entry {
  const body = parseBody(stored)
  return { ...body, stream: stored.stream, seq: stored.seq }
}

function parseBody(stored: StoredEntry): EntryBody {
  try {
    const body: unknown = JSON.parse(decoder.decode(stored.bytes))
    if (isBody(body)) return body
  } catch (cause) {
    throw unreadable(stored, cause)
  }
  throw unreadable(stored, undefined)
}

function isBody(body: unknown): body is EntryBody {
  if (typeof body !== 'object' || body === null) return false
  return 'type' in body && 'at' in body && typeof body.type === 'string' && typeof body.at === 'number' && 'payload' in body
}

function unreadable(stored: StoredEntry, cause: unknown): IceError {
  return new IceError('integrity.broken', `the stored bytes of entry ${entryId(stored.stream, stored.seq)} are not an entry`, { cause })
}
