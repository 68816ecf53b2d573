import { canonicalize } from '@ice-runtime/kernel'
import type { Json, SecretScrubber } from '@ice-runtime/kernel'

/** A message of an agent without the values it should not know. The same message when nothing was in it, or when it is no JSON. */
export function withoutSecrets(message: unknown, scrubber: SecretScrubber): unknown {
  if (scrubber.isEmpty) return message
  if (typeof message === 'string') return scrubber.text(message)
  const copy = plainCopy(message)
  const clean = scrubber.json(copy)
  return clean === copy ? message : clean
}

/** Undefined for what is no JSON: it is refused, and what is kept of it goes through the blobs. */
function plainCopy(message: unknown): Json | undefined {
  try {
    return JSON.parse(canonicalize(message as Json)) as Json
  } catch {
    return undefined
  }
}
