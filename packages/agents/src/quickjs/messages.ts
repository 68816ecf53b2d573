/** Identifies a loaded bundle in a worker: its digest and its memory bound. */
export type BundleKey = string

/** A bundle as a worker gets it. */
export interface LoadedCode {
  readonly key: BundleKey
  readonly code: string
  readonly maxMemoryBytes: number
}

/** One message to a worker. `text` is JSON written by the host; everything a realm learns comes in it. */
export type WorkerRequest =
  | { readonly type: 'load'; readonly bundle: BundleKey; readonly code: string; readonly maxMemoryBytes: number }
  | { readonly type: 'unload'; readonly bundle: BundleKey }
  | ({ readonly type: 'inspect'; readonly bundle: BundleKey } & SessionRef)
  | ({ readonly type: 'start'; readonly bundle: BundleKey; readonly at: number; readonly text: string } & SessionRef)
  | ({ readonly type: 'deliver'; readonly at: number; readonly text: string } & SessionRef)
  | ({ readonly type: 'close' } & SessionRef)

/** `session` is never reused; `slot` is its place in the table of stop requests, which is. */
export interface SessionRef {
  readonly session: number
  readonly slot: number
}

/** Why a turn did not end by itself. `threw` leaves the realm usable, the others do not. */
export type Fault =
  | { readonly type: 'ticks' }
  | { readonly type: 'stopped' }
  | { readonly type: 'trap'; readonly message: string }
  | { readonly type: 'threw'; readonly message: string; readonly stack: string }

/** The answer to `inspect`, `start` and `deliver`, in the order they were sent. `text` is written by the agent's realm: untrusted. */
export interface WorkerReply {
  readonly session: number
  readonly text: string
  readonly fault?: Fault
}

export interface WorkerSetup {
  readonly wasm: WebAssembly.Module
  /** Per slot, the session that shall stop at its next tick. */
  readonly stops: SharedArrayBuffer
  readonly maxTicksPerTurn: number
}
