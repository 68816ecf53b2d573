import type { Json } from '@ice-runtime/kernel'
import type { Host } from '../host.ts'
import type { HookToolUse } from '../hook/hook-call.ts'

/** A use of a tool found in what a host kept, with what the host says came of it. Nobody decided about it here. */
export interface ImportedUse extends HookToolUse {
  readonly host: Host
  readonly session: string
  readonly cwd: string
  /** Milliseconds since the epoch, as the host wrote it. */
  readonly at: number
  /** Line of the transcript, from 1. */
  readonly line: number
  /** Made by an agent that the first one started. */
  readonly sidechain: boolean
  readonly agent?: string
  /** Absent where the transcript ends before it, or holds none. */
  readonly outcome?: ImportedOutcome
}

export type ImportedOutcome =
  | { readonly type: 'succeeded'; readonly at: number; readonly result: ImportedResult }
  | { readonly type: 'failed'; readonly at: number; readonly result: ImportedResult }
  /** The host, a hook or a person said no: it did not happen. */
  | { readonly type: 'refused'; readonly at: number; readonly how: string; readonly result: ImportedResult }

/** What the tool said, whole where it is short. */
export interface ImportedResult {
  readonly value?: Json
  readonly sizeBytes: number
  readonly digest: string
}

export interface ImportedTranscript {
  /** In the order the model asked for them. */
  readonly uses: readonly ImportedUse[]
  readonly counts: {
    readonly lines: number
    /** Lines that hold no use of a tool and no result, which most do. */
    readonly other: number
    /** Lines that are no JSON object, or not one that can be recorded. */
    readonly unreadable: number
    /** Uses and results without what is needed to tell what they are. */
    readonly incomplete: number
    /** Results of no use that was seen. */
    readonly unmatched: number
  }
  /** There was more than `maxTranscriptLines` or `maxImportedUses`, and the rest was not read. */
  readonly truncated: boolean
}
