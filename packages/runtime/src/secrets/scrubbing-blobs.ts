import type { Blobs, SecretScrubber } from '@ice-runtime/kernel'

/** The same blobs, into which no value goes. */
export function scrubbingBlobs(blobs: Blobs, scrubber: SecretScrubber): Blobs {
  return { get: (digest) => blobs.get(digest), has: (digest) => blobs.has(digest), put: (bytes) => blobs.put(scrubber.bytes(bytes)) }
}
