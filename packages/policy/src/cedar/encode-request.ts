import { costDimensions, factsProblem, isAmount, isFact, splitLabel } from '@ice-runtime/kernel'
import type { CostBound, Fact, FactDeclarations, Facts, PolicyRequest } from '@ice-runtime/kernel'
import { maxResources } from '../limits.ts'
import type { Rule } from '../rule/rule.ts'
import type { CedarQuestion, EntityJson, TypeAndId } from './cedar.ts'

type Context = CedarQuestion['context']

/** What keeps a request from being asked about; undefined when nothing does. Everything here is a refusal. */
export function requestProblem(request: PolicyRequest, facts: FactDeclarations): string | undefined {
  const { resources, egress, cost } = request
  if (resources.length === 0 || resources.length > maxResources) return `the action touches ${resources.length} resources`
  for (const name of [...resources, ...(egress?.destinations ?? [])]) {
    if (!isFact(name)) return 'a resource or destination is too long or no text'
  }
  for (const dimension of costDimensions) {
    const bound = cost[dimension] ?? 0
    if (!isAmount(bound) && !(dimension === 'moneyMicro' && bound === 'unknown')) return `the bound on ${dimension} is no amount`
  }
  return factsProblem(request.facts, facts)
}

/** What Cedar sees of a request, the same for every resource. */
export function contextOf(request: PolicyRequest, facts: FactDeclarations): Context {
  const { agent, namespace, person } = request.principal
  const [integrity, confidentiality] = splitLabel(request.labels)
  return {
    labels: { integrity, confidentiality },
    class: request.class,
    egress: [...(request.egress?.destinations ?? [])],
    cost: costOf(request.cost),
    run: { agent, namespace, person },
    resources: [...request.resources],
    atOnce: request.atOnce,
    facts: factsOf(request.facts, facts),
  }
}

/** The one place where `__extn` is written, and it is written around text that has the form of a decimal or an address. */
function factsOf(facts: Facts, declarations: FactDeclarations): { [name: string]: Context[string] } {
  const encoded: { [name: string]: Context[string] } = {}
  for (const [name, fact] of Object.entries(facts)) encoded[name] = encodeFact(fact, declarations[name]?.type)
  return encoded
}

function encodeFact(fact: Fact, type: FactDeclarations[string]['type'] | undefined): Context[string] {
  if (type === 'decimal' || type === 'ip') return { __extn: { fn: type, arg: String(fact) } }
  return typeof fact === 'object' ? [...fact] : fact
}

/** An absent bound is zero; an unknown price is absent, so that a rule has to ask before it compares. */
function costOf({ moneyMicro = 0, tokens = 0, sizeBytes = 0, computeMs = 0 }: CostBound): { [name: string]: Context[string] } {
  const rest = { tokens, sizeBytes, computeMs }
  return moneyMicro === 'unknown' ? { ...rest, priceKnown: false } : { ...rest, priceKnown: true, moneyMicro }
}

/** The entities that rules look at. None are needed by rules that only name an agent, or look at no resource. */
export function entitiesOf(request: PolicyRequest, resource: string, looksAt: Rule['looksAt']): EntityJson[] {
  const entities: EntityJson[] = []
  if (looksAt.principal) {
    const { namespace, person } = request.principal
    entities.push({ uid: agentEntity(request), attrs: { namespace, person }, parents: [{ type: 'Ice::Namespace', id: namespace }] })
  }
  if (looksAt.resource) {
    const colon = resource.indexOf(':')
    const attrs = { kind: resource.slice(0, Math.max(colon, 0)), name: resource.slice(colon + 1) }
    entities.push({ uid: resourceEntity(resource), attrs, parents: placesOf(resource).map(resourceEntity) })
  }
  return entities
}

export function agentEntity({ principal }: PolicyRequest): TypeAndId {
  return { type: 'Ice::Agent', id: principal.agent }
}

export function resourceEntity(id: string): TypeAndId {
  return { type: 'Ice::Resource', id }
}

/** What a resource is in: `file:src/a/b.ts` is in `file:src/a` and in `file:src`. Segments are whole. */
function placesOf(resource: string): readonly string[] {
  const places: string[] = []
  for (let slash = resource.lastIndexOf('/'); slash > resource.indexOf(':') + 1; slash = resource.lastIndexOf('/', slash - 1)) {
    places.push(resource.slice(0, slash))
  }
  return places
}

/** A way through `..` is in places that it leaves again, so that no rule about places can be asked of it. */
export function leavesItsPlace(resource: string): boolean {
  return /[:/]\.\.?\//.test(resource) || resource.endsWith('/..') || resource.endsWith('/.') || resource.endsWith(':..')
}
