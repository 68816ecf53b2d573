import type { Json, JsonObject } from '@ice-runtime/kernel'
import type { Host } from '../host.ts'

/** Who calls, common to every event of a hook. */
export interface HookCaller {
  readonly host: Host
  /** The host's own name for the conversation: a label, never an authority. */
  readonly session: string
  /** Absolute. */
  readonly cwd: string
  /** Where the host keeps the conversation. */
  readonly transcript?: string
  /** An agent that the host's agent started; absent for the first one. */
  readonly agent?: { readonly id: string; readonly kind: string }
}

/** One use of a tool, as the host is about to make it or has made it. */
export interface HookToolUse {
  readonly tool: string
  /** The host's number for this use: equal before and after. */
  readonly toolUseId: string
  /** After, it may differ from what was asked about before: somebody edited it. */
  readonly input: JsonObject
}

/** What a host says came of it. A report: nobody has looked. */
export type HookOutcome =
  | { readonly type: 'succeeded'; readonly response: Json; readonly durationMs?: number }
  | { readonly type: 'failed'; readonly message: string; readonly interrupted: boolean; readonly durationMs?: number }

export type HookCall = HookCaller &
  (
    | ({ readonly event: 'before' } & HookToolUse)
    | ({ readonly event: 'after'; readonly outcome: HookOutcome } & HookToolUse)
    | { readonly event: 'session-start'; readonly how: string }
    | { readonly event: 'session-end'; readonly how: string }
    /** Anything else a host tells its hooks, about which there is nothing to decide. */
    | { readonly event: 'other'; readonly name: string }
  )

export type HookEvent = HookCall['event']
