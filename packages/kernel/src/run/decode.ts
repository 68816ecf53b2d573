import { IceError } from '../log/errors.ts'
import type { Entry, StoredEntry } from '../log/entry.ts'
import { isEventType, taxonomy } from './taxonomy.ts'
import type { IceEntry } from './taxonomy.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads stored bytes whose hash has been checked. A type or version this build does not know throws `taxonomy.unknown`, which
 * concerns that stream alone; bytes that are no JSON throw `integrity.broken`.
 */
export function decodeEntry(stored: StoredEntry): IceEntry {
  const entry = decodeBody(stored)
  if (!isEventType(entry.type)) throw new IceError('taxonomy.unknown', `${entry.type} of ${place(stored)} is of a later version`)
  if (entry.v !== taxonomy[entry.type].v) throw new IceError('taxonomy.unknown', `version ${entry.v} of ${entry.type} at ${place(stored)}`)
  return entry as IceEntry
}

/** The body as it stands, whatever its type. */
export function decodeBody(stored: StoredEntry): Entry {
  try {
    const body = JSON.parse(decoder.decode(stored.bytes)) as Omit<Entry, 'stream' | 'seq'>
    return { ...body, stream: stored.stream, seq: stored.seq }
  } catch (cause) {
    throw new IceError('integrity.broken', `${place(stored)} is not readable`, { cause })
  }
}

function place(stored: StoredEntry): string {
  return `${stored.stream}#${stored.seq}`
}
