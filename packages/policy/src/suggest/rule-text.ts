import type { PolicyRequest } from '@ice-runtime/kernel'
import type { PolicyAction } from '../cedar/schema.ts'
import { approvalText } from '../cases/policy-case.ts'
import type { RecordedRequest } from '../cases/policy-case.ts'
import { cedarEntity, cedarString } from './cedar-text.ts'
import { placesFor } from './resource-places.ts'
import type { Place } from './resource-places.ts'

/** So many names fit into one rule and can still be read. */
const maxPlaces = 20
/** Of the places of one rule: well below the length of a rule, so that a few long names make a rule of their own. */
const maxPlacesChars = 2400
/** Where it came from is told by so many names, then by their number. */
const maxSources = 3

/** Rules that only stand together: a permit, and after it one for each agreement that was needed. Each ends in a line feed. */
export type RulesTogether = readonly string[]

/**
 * The rules for requests that are alike but for what they touch. A permit alone would let pass what people had to agree to, so those
 * that ask belong to it.
 */
export function ruleTexts(group: readonly RecordedRequest[], actions: readonly PolicyAction[]): readonly RulesTogether[] {
  const [first] = group
  if (first === undefined) return []
  const isPriced = first.request.cost.moneyMicro !== 'unknown'
  const permit = [...(isPriced ? [] : ['// Its price was not known.', '@waive("price_unknown")']), 'permit (']
  const asking = (first.agreed ?? []).map((obligation) => [`@approval("${approvalText(obligation)}")`, 'forbid ('])
  const places = placesFor(group.flatMap(({ request }) => request.resources))
  return inParts(places).map((part) => {
    const body = ruleBody(group, part, actions)
    return [permit, ...asking].map((head) => [`// ${sourcesOf(group)}`, ...head, ...body, ''].join('\n'))
  })
}

/** Scope and conditions, which the permit and the rules that ask have in common. */
function ruleBody(group: readonly RecordedRequest[], places: readonly Place[], actions: readonly PolicyAction[]): readonly string[] {
  const [first] = group
  if (first === undefined) return []
  const { principal, action } = first.request
  const [only, ...others] = places
  const scope = only !== undefined && others.length === 0 ? singleScope(only) : 'resource'
  const conditions = [...(others.length > 0 ? [placesCondition(places)] : []), ...requestConditions(group, places, actions)]
  return [
    `  principal == ${cedarEntity('Agent', principal.agent)},`,
    `  action == ${cedarEntity('Action', action)},`,
    `  ${scope}`,
    ') when {',
    `  ${conditions.join(' &&\n  ')}`,
    '};',
  ]
}

function singleScope({ resource, isWhole }: Place): string {
  return `resource ${isWhole ? 'in' : '=='} ${cedarEntity('Resource', resource)}`
}

function placesCondition(places: readonly Place[]): string {
  return `resource in [\n${places.map(({ resource }) => `    ${cedarEntity('Resource', resource)}`).join(',\n')}\n  ]`
}

/** What bounds the rule beyond what it touches. Incidental facts are no bounds: a rule about a size fails at the next byte. */
function requestConditions(
  group: readonly RecordedRequest[],
  places: readonly Place[],
  actions: readonly PolicyAction[],
): readonly string[] {
  const requests = group.map(({ request }) => request)
  const [first] = requests
  if (first === undefined) return []
  const conditions = [`context.class == ${cedarString(first.class)}`, egressCondition(first)]
  const canGoAtOnce = first.class === 'keyed' || first.class === 'irreversible'
  if (canGoAtOnce) conditions.push(first.atOnce ? 'context.atOnce' : '!context.atOnce')
  const money = Math.max(...requests.map(({ cost }) => (typeof cost.moneyMicro === 'number' ? cost.moneyMicro : 0)))
  if (money > 0) conditions.push(`context.cost has moneyMicro && context.cost.moneyMicro <= ${money}`)
  if (places.some(({ isWhole }) => isWhole) && keepsFromSecrets(first.action, requests, actions))
    conditions.push('!context.facts.secretShaped')
  return conditions
}

function egressCondition({ egress }: PolicyRequest): string {
  if (egress === undefined) return 'context.egress.isEmpty()'
  return `[${egress.destinations.map(cedarString).join(', ')}].containsAll(context.egress)`
}

/** A whole directory may hold what none of the requests touched. */
function keepsFromSecrets(action: string, requests: readonly PolicyRequest[], actions: readonly PolicyAction[]): boolean {
  const declared = actions.find((one) => one.action === action)?.facts['secretShaped']
  if (declared?.type !== 'boolean' || declared.optional === true) return false
  return requests.every(({ facts }) => facts['secretShaped'] === false)
}

/** Names come from the record and end up in a comment: what could end the comment is left out. */
function sourcesOf(group: readonly RecordedRequest[]): string {
  const sources = group.map(({ from }) => from.replace(/[^A-Za-z0-9_#:.-]/g, '')).filter((from) => from !== '')
  const named = sources.slice(0, maxSources).join(', ')
  const more = sources.length - maxSources
  return `From ${named}${more > 0 ? ` and ${more} more` : ''}.`
}

function inParts(places: readonly Place[]): readonly (readonly Place[])[] {
  const parts: Place[][] = [[]]
  let chars = 0
  for (const place of places) {
    chars += place.resource.length + 24
    if ((parts.at(-1)?.length ?? 0) >= maxPlaces || (chars > maxPlacesChars && parts.at(-1)?.length !== 0)) {
      parts.push([])
      chars = place.resource.length + 24
    }
    parts.at(-1)?.push(place)
  }
  return parts
}
