import type { Json } from '@ice-runtime/kernel'

/** What an agent says it will need, shown to whoever grants: a request, never a grant. */
export interface AgentRequest {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

export interface ProposeOptions {
  /** Why, for the record and for a person who approves. */
  readonly reason?: string
  /** Asks for an external effect during the run instead of at its commit; policy must allow that by name. */
  readonly at?: 'now'
}

/** What a deferred action resolves to: the effect happens when the run commits, and its result never reaches the agent. */
export interface Deferred {
  readonly deferred: true
  readonly id: string
}

/** The statements a worker can make about its own reasoning: recorded, and without any effect. */
export type StatementKind = 'plan' | 'assumption' | 'uncertainty'

export interface AgentContext {
  /**
   * Asks for one action. Resolves with its result, or with `Deferred`. A refusal or a failure rejects with an `Error` that has
   * `code` (frozen, branch on it) and `outcome` (`refused` or `failed`). `Result` is the author's claim and is not checked.
   */
  propose<Result = Json>(action: string, args?: unknown, options?: ProposeOptions): Promise<Result>
  state(kind: StatementKind, payload: Json): void
}

export interface AgentDefinition<Input = Json> {
  readonly name: string
  readonly version: string
  /** JSON Schema of the input, for documents and checks before a run. */
  readonly input?: Json
  /** JSON Schema that the output is validated against before anything is committed. */
  readonly output?: Json
  readonly requests: readonly AgentRequest[]
  run(input: Input, context: AgentContext): unknown
}

/** Declares an agent; a bundled file exports it as default. Checks nothing by itself: the host that loads it does. */
export function defineAgent<Input = Json>(definition: AgentDefinition<Input>): AgentDefinition<Input> {
  return definition
}
