import type { Json } from '@ice-runtime/kernel'
import type { AgentRequest } from '../define.ts'

/** An agent without code, declared. */
export interface ModelAgentOptions {
  readonly name: string
  readonly version: string
  readonly instructions: string
  /** As the `model.generate` driver knows it. */
  readonly model: string
  /** Actions offered as tools; all that the run knows, but for the model itself, if absent. */
  readonly tools?: readonly string[]
  readonly stop?: { readonly maxTurns?: number; readonly maxTranscriptChars?: number }
  /** JSON Schema of the output. With it the final text must be JSON; without, the output is that text. */
  readonly output?: Json
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly requests?: readonly AgentRequest[]
}
