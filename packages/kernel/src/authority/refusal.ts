/**
 * Every way the rules say no. Frozen: a code is added, never renamed. An agent is told the code and the action; the stage, the
 * detail and the rules are for operators.
 */
export const refusalCodes = [
  'action.unknown',
  'approval.denied',
  'approval.expired',
  'approval.queue_full',
  'approval.required',
  'approval.stale',
  'approval.unavailable',
  'args.invalid',
  'assumption.broken',
  'budget.calls',
  'budget.compute',
  'budget.escrow',
  'budget.money',
  'budget.price_unknown',
  'budget.size',
  'budget.tokens',
  'cost.invalid',
  'effect.prepare_failed',
  'grant.class',
  'grant.compute',
  'grant.delegation',
  'grant.egress',
  'grant.expired',
  'grant.money',
  'grant.none',
  'grant.not_yet',
  'grant.rate',
  'grant.resource',
  'grant.revoked',
  'grant.size',
  'grant.tokens',
  'grant.uses',
  'host.defied',
  'host.edited',
  'host.unasked',
  'label.egress',
  'limit.children',
  'limit.deferred_actions',
  'limit.malformed',
  'limit.open_actions',
  'limit.steps',
  'limit.wall',
  'lockdown.on',
  'policy.error',
  'policy.forbidden',
  'proposal.malformed',
  'run.not_executing',
  'secret.destination',
  'secret.unknown',
  'store.unwritable',
] as const

export type RefusalCode = (typeof refusalCodes)[number]

/** The stages of a verdict, in the order they are asked. The first that says no is the verdict. */
export const decisionStages = ['parse', 'prepare', 'phase', 'lockdown', 'grant', 'policy', 'labels', 'budget', 'approval'] as const
export type DecisionStage = (typeof decisionStages)[number]

export interface Refusal {
  /** A refusal code, or a driver's own (`<area>.<reason>`) from the prepare stage. */
  readonly code: string
  readonly stage: DecisionStage
  readonly detail: string
  readonly rules?: readonly string[]
}
