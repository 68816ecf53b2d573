import type { SecretScrubber } from './secret-scrubber.ts'

/**
 * Values that an effect may use and nobody is told. A handle is a name: it is what agents, policies and records see. Where its value
 * comes from, and where it may go, is the operator's to say.
 */
export interface Secrets {
  /** Where the value of a handle may go; undefined for a name that is none. */
  destinations(name: string): readonly string[] | undefined
  /** Rejects with `secret.unreadable`. Whatever it gives, the scrubber has learned before. */
  reveal(name: string): Promise<string>
  readonly scrubber: SecretScrubber
}
