import { createScrubber, IceError } from '@ice-runtime/kernel'
import type { Secrets } from '@ice-runtime/kernel'

/** For a runtime that was given none: every handle is unknown, and nothing is taken out of anything. */
export function noSecrets(): Secrets {
  return {
    destinations: () => undefined,
    reveal: (name) => Promise.reject(new IceError('secret.unknown', `there is no secret ${JSON.stringify(name)}`)),
    scrubber: createScrubber(),
  }
}
