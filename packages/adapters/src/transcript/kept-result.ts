import { hash } from 'node:crypto'
import { canonicalize, maxInlineResultBytes } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'
import type { ImportedResult } from './imported-use.ts'

/** What is kept of what a tool said: all of it where it fits in an entry, its size and digest in any case. */
export function keptResult(content: Json): ImportedResult {
  const text = canonicalize(content)
  const sizeBytes = Buffer.byteLength(text)
  return { ...(sizeBytes <= maxInlineResultBytes ? { value: content } : {}), sizeBytes, digest: hash('sha256', text) }
}
