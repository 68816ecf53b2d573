import type { AgentIdentity } from '../authority/agent-identity.ts'
import type { Json } from '../log/json.ts'

/** What an agent learns of an outcome. Refused: the code only, never the rule. */
export type DeliveredOutcome =
  | { readonly type: 'succeeded'; readonly result: Json }
  | { readonly type: 'deferred'; readonly id: string }
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

export interface Delivery {
  /** The `key` of the proposal it answers. */
  readonly key: number
  readonly outcome: DeliveredOutcome
  /** Time of the outcome's entry: the agent's clock until the next one. */
  readonly at: number
}

/** `completed` carries the output; `failed` an error with a source-mapped stack where there is one. */
export type AgentEnd =
  | { readonly type: 'completed'; readonly output: Json }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly stack?: string }

/** What an agent proposes, untrusted: `message` is parsed by the runtime, `key` is the host's own count from 0. */
export interface AgentProposal {
  readonly key: number
  /** Shape when honest: `{ action, args, reason?, at?: 'now' }`. Raw text when the host could not read it. */
  readonly message: unknown
}

/** A statement of a worker about its own reasoning: recorded, authorizes nothing. */
export type AgentStatement =
  | { readonly type: 'InferenceCompleted'; readonly payload: Json }
  | { readonly type: 'PlanStated'; readonly payload: Json }
  | { readonly type: 'AssumptionDeclared'; readonly payload: Json }
  | { readonly type: 'UncertaintyDeclared'; readonly payload: Json }

/** What a session calls while `start` or `deliver` runs (hosts with promised replay), or at any time (`function`). Never throws. */
export interface AgentChannel {
  propose(proposal: AgentProposal): void
  state(statement: AgentStatement): void
  /** At most once; later calls of any kind are ignored. */
  end(end: AgentEnd): void
  /** Display only. */
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void
}

export interface AgentStart {
  readonly input: Json
  /** Seeds the agent's random generator. */
  readonly seed: string
  /** The agent's clock until the first delivery, milliseconds since the epoch. */
  readonly at: number
  /** Names and argument schemas of the actions it may propose. */
  readonly actions: readonly { readonly action: string; readonly description: string; readonly argsSchema: Json }[]
}

/**
 * One agent at work. `start` and `deliver` resolve when the agent's job queue is empty; the runtime calls them one at a time,
 * outcomes in log order, so an agent of promised replay is a function of its start and its deliveries.
 */
export interface AgentSession {
  start(): Promise<void>
  deliver(delivery: Delivery): Promise<void>
  /** Ends it from outside, also when it never yields. Idempotent; nothing is called on the channel afterwards. */
  stop(): Promise<void>
}

/** Makes sessions of one agent. Throws `agent.*` and `isolation.unavailable` from `open`. */
export interface AgentHost {
  readonly identity: AgentIdentity
  /** What is kept in the log's blobs so that a run can go on, and be replayed, where the agent's files are not. */
  readonly bundle?: Uint8Array
  /** JSON Schema the output is validated against, absent for any. */
  readonly outputSchema?: Json
  /** What the agent says it needs; a request, never a grant. */
  readonly requests: readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[]
  open(start: AgentStart, channel: AgentChannel): Promise<AgentSession>
}
