import { sha256 } from '@ice-runtime/ice/reader'
import { parseAllow, verifies } from '@ice-runtime/ice/record'
import { decide, IceError, splitLabel } from '@ice-runtime/kernel'
import type { AuthorityView, Ceilings, CostDimension, Grant, IceEntry, PolicyEngine, Run, RunCommand } from '@ice-runtime/kernel'
import { visible } from '../terminal/text.ts'

type Entry<Type extends IceEntry['type']> = Extract<IceEntry, { type: Type }>
type Proposing = Extract<RunCommand, { type: 'ProposeAction' }>

export interface RefusedProposal {
  readonly proposed: Entry<'ActionProposed'>
  readonly refused: Entry<'ActionRefused'>
  /** The run as it was when the proposal came. */
  readonly before: Run
  readonly policy: PolicyEngine
  /** Policies that differ in one rule, to be tried where policy refused. */
  readonly changes: readonly { readonly text: string; readonly engine: PolicyEngine }[]
}

/** One thing that could have been otherwise. */
interface Candidate {
  readonly text: string
  readonly run: Run
  readonly command: Proposing
  readonly lockdown: boolean
  /** Another policy than the one in force. */
  readonly policy?: PolicyEngine
}

/**
 * A single change that turns the refusal around, narrowest first. Each candidate is decided again with everything else as it was:
 * what is returned would have been allowed. Undefined when one change is not enough, or none of those that people can make is it.
 */
export function findChange(refusal: RefusedProposal): string | undefined {
  const command = commandOf(refusal)
  if (command === undefined) return undefined
  return candidates(refusal, command).find((candidate) => isAllowed(candidate, candidate.policy ?? refusal.policy))?.text
}

/** Undefined for what could not be prepared: nobody knows what it would have been. */
function commandOf({ proposed, refused }: RefusedProposal): Proposing | undefined {
  const { prepared, request } = refused.payload
  if (prepared === undefined || request === undefined) return undefined
  const { malformed: _malformed, ...proposal } = proposed.payload
  return { type: 'ProposeAction', at: proposed.at, proposed: proposal, preparation: { type: 'prepared', record: prepared, request } }
}

function candidates(refusal: RefusedProposal, command: Proposing): readonly Candidate[] {
  const { refused, before } = refusal
  const { code, stage } = refused.payload
  const clearance = `,clear=${splitLabel(before.label)[1]}`
  const same = { run: before, command, lockdown: stage === 'lockdown' }
  if (stage === 'lockdown') return [{ ...same, text: 'an operator ends the lockdown', lockdown: false }]
  if (code.startsWith('grant.') || code === 'label.egress')
    return allowances(refusal, code === 'label.egress' ? clearance : '').map((allow) => ({
      ...same,
      text: `--allow ${visible(allow.text)}`,
      run: granted(before, allow.terms),
    }))
  if (code === 'policy.forbidden' && command.proposed.atOnce === true) {
    const { atOnce: _atOnce, ...later } = command.proposed
    return [{ ...same, text: 'propose it without at: now, so that it waits for the commit', command: { ...command, proposed: later } }]
  }
  if (code === 'policy.forbidden') return refusal.changes.map(({ text, engine }) => ({ ...same, text, policy: engine }))
  return ceilingChanges(refusal, code).map(({ text, ceilings }) => ({ ...same, text, run: withCeilings(before, ceilings) }))
}

interface Allowance {
  readonly text: string
  readonly terms: Grant['terms']
}

/** What one `--allow` could name: the resource itself, then everything of its kind. */
function allowances({ proposed, refused }: RefusedProposal, limit: string): readonly Allowance[] {
  const { action } = proposed.payload
  const { resources = [], egress } = refused.payload.prepared ?? {}
  const [only, ...others] = resources
  const name = only === undefined || others.length > 0 ? undefined : only.slice(only.indexOf(':') + 1)
  const texts = [...(name === undefined ? [] : [`${action}:${name}${limit}`]), `${action}${limit}`]
  return texts.flatMap((text) => {
    try {
      return [{ text, terms: parseAllow(text, () => egress?.destinations[0]) }]
    } catch (error) {
      if (error instanceof IceError) return []
      throw error
    }
  })
}

/** One more grant, as if it had been there from the start. */
function granted(run: Run, terms: Grant['terms']): Run {
  return { ...run, grants: run.grants.with({ id: run.seq, holder: run.spec?.agent.name ?? '', terms, revoked: false }) }
}

interface CeilingChange {
  readonly text: string
  readonly ceilings: Partial<Ceilings>
}

function ceilingChanges({ proposed, refused, before }: RefusedProposal, code: string): readonly CeilingChange[] {
  const ceilings = before.spec?.ceilings
  const bound = refused.payload.prepared?.cost ?? {}
  if (ceilings === undefined) return []
  const more = (option: string, dimension: CostDimension): CeilingChange[] => {
    const asked = bound[dimension]
    const needed = (before.spent[dimension] ?? 0) + (before.reserved[dimension] ?? 0) + (typeof asked === 'number' ? asked : 0)
    return [{ text: `--${option} ${needed}`, ceilings: { cost: { ...ceilings.cost, [dimension]: needed } } }]
  }
  switch (code) {
    case 'limit.steps':
      return [{ text: `--steps ${before.steps + 1}`, ceilings: { steps: before.steps + 1 } }]
    case 'limit.wall': {
      const wallMs = proposed.at - before.requestedAt
      return [{ text: `--wall-ms ${wallMs}`, ceilings: { wallMs } }]
    }
    case 'budget.calls':
      return [{ text: `--calls ${before.calls + 1}`, ceilings: { calls: before.calls + 1 } }]
    case 'budget.tokens':
      return more('tokens', 'tokens')
    case 'budget.money':
      return more('money-micro', 'moneyMicro')
    case 'budget.size':
      return more('bytes', 'sizeBytes')
    case 'budget.compute':
      return more('compute-ms', 'computeMs')
    default:
      return []
  }
}

function withCeilings(run: Run, changed: Partial<Ceilings>): Run {
  return run.spec === undefined ? run : { ...run, spec: { ...run.spec, ceilings: { ...run.spec.ceilings, ...changed } } }
}

/** Grants revoked from outside the run count as they are: a new grant is another one. */
function isAllowed({ run, command, lockdown }: Candidate, policy: PolicyEngine): boolean {
  const proofs = { sha256, verifies }
  // A changed policy has another digest; what is asked here is what it would say, not whether the run may go on under it.
  const digest = run.under?.policy ?? policy.digest
  const view: AuthorityView = {
    policy: { ...policy, digest },
    catalog: undefined,
    lockdown,
    revoked: new Set(),
    operators: new Map(),
    proofs,
  }
  const decision = decide(command, run, view)
  return decision.ok && decision.events.some(({ type }) => type === 'ActionAuthorized')
}
