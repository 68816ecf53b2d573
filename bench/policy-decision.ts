import { preparsePolicySet, preparseSchema, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { sha256 } from '@ice-runtime/ice'
import { decide } from '@ice-runtime/kernel'
import type { AuthorityView, RunCommand } from '@ice-runtime/kernel'
import { openCedarPolicy } from '@ice-runtime/policy'
import type { PolicyAction } from '@ice-runtime/policy'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { recordedProposal } from './recorded-proposal.ts'
import { median } from './statistics.ts'
import { timeEach } from './time-each.ts'

export const policyBenchmark: Benchmark = { name: 'policy', measure: measurePolicy }

/** A Cedar call takes as long as hundreds of lookups. */
const callsPerDecision = 10
const rulesInScope = [1, 10, 30] as const

type Proposing = Extract<RunCommand, { type: 'ProposeAction' }>

/**
 * The whole decision about a proposal, from lockdown to approval, under a policy in Cedar, and beside it one call of Cedar itself: the
 * same rules in the same scope, prepared in the same way, and the same question ready to be asked.
 */
async function measurePolicy(bench: Bench): Promise<readonly Figure[]> {
  const { tip, command } = await recordedProposal(bench, 'policy')
  const calls = Math.max(1, Math.ceil(bench.scale.decisions / callsPerDecision))
  return rulesInScope.flatMap((count) => {
    const rules = rulesFor(command.proposed.action, count)
    const action = actionOf(command)
    const engine = openCedarPolicy({
      bundle: { files: [{ name: 'bench.cedar', text: rules.join('\n') }] },
      actions: [action],
      sha256,
    })
    const view: AuthorityView = {
      policy: engine,
      catalog: undefined,
      lockdown: false,
      revoked: new Set(),
      operators: new Map(),
      proofs: { sha256, verifies: () => false },
    }
    const run = { ...tip.run, under: undefined }
    const whole = (): unknown => allowed(decide(command, run, view))
    const bare = cedarCall(rules, action, command)
    const rounds = Array.from({ length: bench.scale.repetitions + 1 }, () => ({
      bare: timeEach(bare, calls),
      whole: timeEach(whole, calls),
    }))
    return figuresOf(count, rounds.slice(1))
  })
}

interface Round {
  readonly bare: number
  readonly whole: number
}

function figuresOf(count: number, rounds: readonly Round[]): readonly Figure[] {
  const about = `${count} rule${count === 1 ? '' : 's'} in scope`
  const figure = (name: string, value: number, unit: string): Figure => ({ benchmark: 'policy', name: `${about}: ${name}`, value, unit })
  return [
    figure('one call of Cedar', median(rounds.map(({ bare }) => bare / 1000)), 'µs'),
    figure('the whole decision', median(rounds.map(({ whole }) => whole / 1000)), 'µs'),
    {
      ...figure('the whole decision ÷ one call of Cedar', median(rounds.map(({ bare, whole }) => whole / bare)), '×'),
      target: { bound: 'at most', value: 1.5 },
    },
  ]
}

function allowed(decision: ReturnType<typeof decide>): unknown {
  if (!decision.ok || decision.events[1]?.type !== 'ActionAuthorized') throw new Error('the proposal was not authorized')
  return decision
}

/** One that permits, and others that forbid what is not asked for. */
function rulesFor(action: string, count: number): readonly string[] {
  const scope = `principal, action == Ice::Action::"${action}", resource`
  const forbids = Array.from(
    { length: count - 1 },
    (_, index) => `forbid (${scope}) when { context.atOnce && context.cost.tokens > ${index} };`,
  )
  return [`permit (${scope}) when { context.cost.tokens < 1000 };`, ...forbids]
}

function actionOf({ proposed, preparation }: Proposing): PolicyAction {
  const facts = preparation.type === 'prepared' ? (preparation.record.facts ?? {}) : {}
  return { action: proposed.action, facts: Object.fromEntries(Object.keys(facts).map((name) => [name, { type: 'integer' as const }])) }
}

/** The bare call over rules and schema that are prepared once. */
function cedarCall(rules: readonly string[], { action, facts }: PolicyAction, command: Proposing): () => unknown {
  const names = { rules: `bench rules ${rules.length}`, schema: `bench schema ${rules.length}` }
  succeed(preparsePolicySet(names.rules, { staticPolicies: Object.fromEntries(rules.map((rule, index) => [`rule${index}`, rule])) }))
  succeed(preparseSchema(names.schema, schemaFor(action, Object.keys(facts))))
  const { preparation } = command
  const prepared = preparation.type === 'prepared' ? preparation.record : undefined
  const [resource = ''] = prepared?.resources ?? []
  const question = {
    principal: { type: 'Ice::Agent', id: 'agent' },
    action: { type: 'Ice::Action', id: action },
    resource: { type: 'Ice::Resource', id: resource },
    context: {
      labels: { integrity: 'trusted', confidentiality: 'public' },
      class: 'observe',
      egress: [...(prepared?.egress?.destinations ?? [])],
      cost: { priceKnown: true, moneyMicro: 0, tokens: 0, sizeBytes: 0, computeMs: 0 },
      run: { agent: 'agent', namespace: 'default', person: 'somebody' },
      resources: [resource],
      atOnce: false,
      facts: Object.fromEntries(Object.keys(facts).map((name) => [name, 1])),
    },
    entities: [],
  }
  const call = { ...question, preparsedPolicySetId: names.rules, preparsedSchemaName: names.schema, validateRequest: true }
  return () => {
    const answer = statefulIsAuthorized(call)
    if (answer.type === 'failure' || answer.response.decision !== 'allow') throw new Error('Cedar did not allow it')
    return answer
  }
}

function succeed(answer: { readonly type: string }): void {
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer))
}

/** As the schema of one action is in ICE, in Cedar's own words. */
function schemaFor(action: string, facts: readonly string[]): string {
  const members = facts.map((name) => `"${name}": Long`).join(', ')
  return `namespace Ice {
  entity Namespace;
  entity Agent in [Namespace] = { namespace: String, person: String };
  entity Resource in [Resource] = { kind: String, name: String };
  action "${action}" appliesTo { principal: [Agent], resource: [Resource], context: {
    labels: { integrity: String, confidentiality: String }, class: String, egress: Set<String>,
    cost: { moneyMicro?: Long, priceKnown: Bool, tokens: Long, sizeBytes: Long, computeMs: Long },
    run: { agent: String, namespace: String, person: String }, resources: Set<String>, atOnce: Bool, facts: { ${members} }
  } };
}`
}
