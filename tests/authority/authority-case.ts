import type { ToldOperator } from '@ice-runtime/conformance'
import type { ApprovalAnswer, Ceilings, DecisionStage, GrantTerms, PolicyEngine, SystemOrder } from '@ice-runtime/kernel'

/** Something that happens in a case, in order. A proposal is waited for until its worker is told something, or nothing more comes. */
export type Step =
  | { readonly propose: unknown }
  /** All at once, in this order. */
  | { readonly together: readonly unknown[] }
  /** Moves the clock to this many milliseconds after the start; it may go back. */
  | { readonly clock: number }
  | { readonly revoke: number }
  /** An operator orders something that holds for all runs. */
  | { readonly order: SystemOrder }
  /** The worker is done. */
  | { readonly end: true }
  | { readonly suspend: true }
  | { readonly resume: true }
  /** An operator answers request number `request`, from 0; `forge` changes the signed answer on its way. */
  | { readonly answer: Answer }

export interface Answer {
  readonly request: number
  readonly by: ToldOperator
  readonly says: ApprovalAnswer
  readonly forge?: (signed: object) => object
}

/** One claim about authority, told by what is proposed, what is recorded and what happened. */
export interface AuthorityCase {
  /** A claim. */
  readonly name: string
  /** The stage that says no, or `allowed`. */
  readonly stage: DecisionStage | 'allowed'
  readonly grants?: readonly GrantTerms[]
  /** Cedar text, or an engine that misbehaves. Absent: grants alone decide. */
  readonly policy?: string | PolicyEngine
  readonly ceilings?: Partial<Ceilings>
  readonly namespace?: string
  readonly operators?: readonly ToldOperator[]
  readonly steps: readonly Step[]
  /** What the log says of the actions, one line an event, in order. */
  readonly events: readonly string[]
  /** What reached a file, a canary or the worker's eyes; empty when absent. */
  readonly effects?: readonly string[]
}

/** Everything in the workspace and every canary, so that a case narrows one thing. */
export const wide: GrantTerms = {
  actions: ['files.*', 'test.*'],
  resources: ['file:**', 'test:**'],
  class: 'irreversible',
  egress: ['test:outside'],
  clearance: 'secret',
}
