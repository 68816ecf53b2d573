import { hash } from 'node:crypto'
import { z } from 'zod'
import { canonicalize, effectClasses, factsProblem, IceError, isAmount, labels, publicTrusted } from '@ice-runtime/kernel'
import type {
  CostBound,
  Egress,
  FactDeclarations,
  Facts,
  Json,
  PreparedAction,
  PrepareContext,
  PrepareRefusal,
  Resource,
} from '@ice-runtime/kernel'
import { argumentFacts } from './argument-facts.ts'
import type { FactShape } from './argument-facts.ts'
import type { EffectDefinition, FromArgs } from './effect-definition.ts'
import { toJsonText } from './json-value.ts'
import type { JsonText } from './json-value.ts'

/** Arguments up to this size are considered: a long conversation fits, and a proposal cannot fill memory. */
export const maxArgumentBytes: number = 4 * 1024 * 1024
/** More resources or destinations than this cannot be judged one by one by anyone. */
const maxNames = 1000
/** Arguments up to this length are shown as they are, longer ones by digest: a screen stays readable. */
const maxShownArguments = 2000
const maxDetailLength = 1000
const resourcePattern = /^[a-z][a-z0-9_-]*:./

/** An effect with what is known of its facts before anything is proposed. */
export interface PreparationPlan<Args, Result> {
  readonly definition: EffectDefinition<Args, Result>
  readonly shapes: readonly FactShape[]
  readonly facts: FactDeclarations
}

/**
 * Parses, judges and describes a proposal without changing anything. A mistake of the author's code is a refusal. Answers at once
 * unless the author's facts have to be waited for.
 */
export function prepareEffect<Args, Result>(
  plan: PreparationPlan<Args, Result>,
  proposal: { readonly args: Json; readonly context: PrepareContext },
): PreparedAction | PrepareRefusal | Promise<PreparedAction | PrepareRefusal> {
  const { definition } = plan
  const parsed = parseArgs(definition.args, proposal.args)
  if ('refused' in parsed) return parsed
  try {
    const normal = toJsonText(parsed.args)
    const own = definition.facts?.(parsed.args, proposal.context)
    if (!isAwaited(own)) return described(plan, parsed, { ...normal, own: own ?? noFacts })
    return Promise.resolve(own)
      .then((late) => described(plan, parsed, { ...normal, own: late }))
      .catch(refusalOf)
  } catch (error) {
    return refusalOf(error)
  }
}

const noFacts: Facts = {}

function isAwaited(facts: Facts | Promise<Facts> | undefined): facts is Promise<Facts> {
  return facts !== undefined && 'then' in facts && typeof facts.then === 'function'
}

function refusalOf(error: unknown): PrepareRefusal {
  // An author may name the reason by a fault of its own; JSON the author's code made wrongly is a mistake like any other.
  const isReason = error instanceof IceError && error.code !== 'json.malformed'
  return { refused: isReason ? error.code : 'effect.prepare_failed', detail: detailOf(error) }
}

function described<Args, Result>(
  { definition, shapes, facts }: PreparationPlan<Args, Result>,
  parsed: Parsed<Args>,
  { json: args, text, own }: JsonText & { readonly own: Facts },
): PreparedAction {
  const secrets = definition.secrets === undefined ? undefined : checkedSecrets(given(definition.secrets, parsed.args))
  const stated = checkedFacts(facts, argumentFacts(shapes, args), secrets === undefined ? own : { ...own, secrets })
  const prepared = judged(definition, parsed.args, { args, facts: stated, secrets: secrets ?? [] })
  // Where parsing changed nothing, what is described is what was parsed; else it must be what a reader of the record would parse.
  describedBy(definition, text === parsed.text ? parsed.args : parsePrepared(definition, args))
  return prepared
}

/** What an author says would happen, then the exact arguments, so that two different requests never read the same. */
export function describeEffect<Args, Result>(definition: EffectDefinition<Args, Result>, prepared: PreparedAction): string {
  const text = describedBy(definition, parsePrepared(definition, prepared.args))
  const args = canonicalize(prepared.args)
  return `${text}\n${definition.action} ${args.length <= maxShownArguments ? args : `sha256:${hash('sha256', args)} (${args.length} characters)`}`
}

function describedBy<Args, Result>(definition: EffectDefinition<Args, Result>, args: Args): string {
  const text: unknown = definition.describe(args)
  if (typeof text !== 'string' || text.trim() === '' || !text.isWellFormed()) throw broken('describe did not return text')
  return text
}

/** The arguments of a recorded request, typed again. Throws `args.invalid` when the definition no longer accepts them. */
export function parsePrepared<Args, Result>(definition: EffectDefinition<Args, Result>, args: Json): Args {
  const parsed = parseArgs(definition.args, args)
  if ('refused' in parsed) throw new IceError('args.invalid', parsed.detail)
  return parsed.args
}

interface Parsed<Args> {
  readonly args: Args
  /** Canonical, of what was parsed. */
  readonly text: string
}

function parseArgs<Args>(schema: z.ZodType<Args>, args: Json): Parsed<Args> | PrepareRefusal {
  try {
    // Before the schema sees it: the canonical form refuses the nesting that would exhaust a recursive schema.
    const text = canonicalize(args)
    if (text.length > maxArgumentBytes) return { refused: 'args.invalid', detail: `arguments of ${text.length} characters are too large` }
    const parsed = schema.safeParse(args)
    if (!parsed.success) return { refused: 'args.invalid', detail: z.prettifyError(parsed.error).slice(0, maxDetailLength) }
    return { args: parsed.data, text }
  } catch (error) {
    return { refused: 'args.invalid', detail: detailOf(error) }
  }
}

function judged<Args, Result>(
  definition: EffectDefinition<Args, Result>,
  args: Args,
  known: { readonly args: Json; readonly facts: Facts; readonly secrets: readonly string[] },
): PreparedAction {
  const effectClass = given(definition.class ?? 'irreversible', args)
  if (!effectClasses.includes(effectClass)) throw broken('class is none of observe, staged, keyed, irreversible')
  const label = given(definition.label ?? publicTrusted, args)
  if (!labels.includes(label)) throw broken('label is no label')
  const egress = checkedEgress(given(definition.egress, args))
  return {
    action: definition.action,
    args: known.args,
    resources: checkedResources(given(definition.resources, args)),
    facts: known.facts,
    class: effectClass,
    ...(egress === undefined ? {} : { egress }),
    cost: checkedCost(given(definition.costBound ?? { moneyMicro: 'unknown' }, args)),
    ...(known.secrets.length === 0 ? {} : { secrets: known.secrets }),
    ...(label === publicTrusted ? {} : { label }),
  }
}

function given<Args, Value>(value: FromArgs<Args, Value>, args: Args): Value {
  return isComputed(value) ? value(args) : value
}

function isComputed<Args, Value>(value: FromArgs<Args, Value>): value is (args: Args) => Value {
  return typeof value === 'function'
}

function checkedEgress(destinations: readonly string[]): Egress | undefined {
  if (!isNameList(destinations)) throw broken('egress is no list of destinations')
  return destinations.length === 0 ? undefined : { destinations: unique(destinations).sort() }
}

/** Sorted, so that the same secrets make the same request. */
function checkedSecrets(names: readonly string[]): readonly string[] {
  if (!isNameList(names)) throw broken('secrets is no list of names')
  return [...new Set(names)].sort()
}

function checkedResources(resources: readonly Resource[]): readonly Resource[] {
  if (!isNameList(resources) || resources.length === 0) throw broken('resources is no list of at least one resource')
  if (!resources.every((resource) => resourcePattern.test(resource))) throw broken('a resource is not kind:name')
  return unique(resources)
}

function unique(names: readonly string[]): string[] {
  return names.length === 1 ? [...names] : [...new Set(names)]
}

function isNameList(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.length <= maxNames && names.every((name) => typeof name === 'string' && name !== '')
}

function checkedCost(cost: CostBound): CostBound {
  const checked: { -readonly [Dimension in keyof CostBound]: CostBound[Dimension] } = {}
  const { moneyMicro } = cost
  if (moneyMicro !== undefined && moneyMicro !== 'unknown' && !isAmount(moneyMicro)) throw broken('the bound on money is no amount')
  if (moneyMicro !== undefined) checked.moneyMicro = moneyMicro
  for (const dimension of Object.keys(cost)) {
    if (dimension === 'moneyMicro') continue
    if (!isCounted(dimension)) throw broken('the cost bound has a dimension nobody counts')
    const amount = cost[dimension]
    if (amount === undefined) continue
    if (!isAmount(amount)) throw broken('the cost bound is no amount')
    checked[dimension] = amount
  }
  return checked
}

function isCounted(dimension: string): dimension is 'tokens' | 'sizeBytes' | 'computeMs' {
  return dimension === 'tokens' || dimension === 'sizeBytes' || dimension === 'computeMs'
}

function checkedFacts(declared: FactDeclarations, derived: Facts, own: Facts): Facts {
  const hidden = Object.keys(own).find((name) => Object.hasOwn(derived, name))
  if (hidden !== undefined) throw broken(`the fact ${hidden} is already given by an argument`)
  const facts = { ...derived, ...own }
  const problem = factsProblem(facts, declared)
  if (problem !== undefined) throw broken(problem)
  return facts
}

function broken(what: string): Error {
  return new Error(what)
}

function detailOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, maxDetailLength).toWellFormed()
}
