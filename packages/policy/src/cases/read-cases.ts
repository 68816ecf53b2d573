import { costDimensions, effectClasses, IceError, isAmount, isFact, labels, parseStrictJson } from '@ice-runtime/kernel'
import type { CostBound, EffectClass, FactDeclarations, Facts, Json, JsonObject, Label, PolicyRequest } from '@ice-runtime/kernel'
import type { PolicyFile } from '../bundle/policy-bundle.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { completeFacts, defaultRequest, expectations } from './policy-case.ts'
import type { Expectation, PolicyCase } from './policy-case.ts'

/** More cases than one file can be read with. */
export const maxCases = 2000
const maxTestFileChars = 4_000_000
const maxCaseNameChars = 200

/**
 * Reads a test file: `{ "cases": [{ "name", "request", "expect", "rules"?, "approvals"? }] }`. Throws `policy.invalid`, with file and
 * case, for anything that is not exactly of this form: a test that is misread would pass for the wrong reason.
 */
export function readCases({ name, text }: PolicyFile, actions: readonly PolicyAction[]): readonly PolicyCase[] {
  const place = { file: name, at: '' }
  const { cases } = fieldsOf(parse(place, text), ['cases'], place)
  if (!Array.isArray(cases) || cases.length === 0 || cases.length > maxCases) throw wrong(place, `cases is no list of 1 to ${maxCases}`)
  const byName = new Map(actions.map((action) => [action.action, action.facts]))
  return cases.map((value: Json, index) => readCase(value, byName, { file: name, at: `case ${index + 1}` }))
}

interface Place {
  readonly file: string
  readonly at: string
}

function parse(place: Place, text: string): Json {
  try {
    return parseStrictJson(text, { maxChars: maxTestFileChars })
  } catch (error) {
    throw new IceError('policy.invalid', `${place.file}: ${error instanceof Error ? error.message : 'no JSON'}`, { cause: error })
  }
}

function readCase(value: Json, actions: ReadonlyMap<string, FactDeclarations>, place: Place): PolicyCase {
  const { name, request, expect, rules, approvals } = fieldsOf(value, ['name', 'request', 'expect', 'rules', 'approvals'], place)
  if (typeof name !== 'string' || name.trim() === '' || name.length > maxCaseNameChars) throw wrong(place, 'name is no text')
  const named = { ...place, at: `${place.at} (${name})` }
  const expected = expectations.find((one) => one === expect)
  if (expected === undefined) throw wrong(named, `expect is none of ${expectations.join(', ')}`)
  const fields = fieldsOf(request, requestFields, named)
  return {
    name,
    request: readRequest(fields, actions, named),
    namesResources: fields['resources'] !== undefined,
    expect: expected,
    rules: rules === undefined ? [] : textsIn(rules, 'rules', named),
    ...readApprovals(approvals, expected, named),
  }
}

function readApprovals(value: Json | undefined, expect: Expectation, place: Place): Pick<PolicyCase, 'approvals'> {
  if (value === undefined) return {}
  if (expect !== 'approval') throw wrong(place, 'approvals are only expected with approval')
  return { approvals: textsIn(value, 'approvals', place) }
}

const requestFields = ['action', 'facts', 'resources', 'class', 'egress', 'cost', 'labels', 'atOnce', 'run'] as const

function readRequest(fields: Fields, actions: ReadonlyMap<string, FactDeclarations>, place: Place): PolicyRequest {
  const { action, facts, resources, egress, atOnce } = fields
  if (typeof action !== 'string') throw wrong(place, 'action is no text')
  if (atOnce !== undefined && typeof atOnce !== 'boolean') throw wrong(place, 'atOnce is neither true nor false')
  const isInside = egress === undefined || (Array.isArray(egress) && egress.length === 0)
  const destinations = isInside ? [] : textsIn(egress, 'egress', place)
  return {
    principal: readRun(fields['run'], place),
    action,
    resources: resources === undefined ? defaultRequest.resources : textsIn(resources, 'resources', place),
    class: readClass(fields['class'], place),
    egress: destinations.length === 0 ? undefined : { destinations: [...destinations].sort() },
    cost: readCost(fields['cost'], place),
    labels: readLabel(fields['labels'], place),
    facts: completeFacts(readFacts(facts, place), actions.get(action) ?? {}),
    atOnce: atOnce ?? false,
  }
}

function readRun(value: Json | undefined, place: Place): PolicyRequest['principal'] {
  if (value === undefined) return defaultRequest.principal
  const fields = fieldsOf(value, ['agent', 'namespace', 'person'], place)
  const textOf = (name: 'agent' | 'namespace' | 'person'): string => {
    const text = fields[name] ?? defaultRequest.principal[name]
    if (typeof text !== 'string') throw wrong(place, `${name} of run is no text`)
    return text
  }
  return { agent: textOf('agent'), namespace: textOf('namespace'), person: textOf('person') }
}

function readClass(value: Json | undefined, place: Place): EffectClass {
  const found = value === undefined ? defaultRequest.class : effectClasses.find((one) => one === value)
  if (found === undefined) throw wrong(place, `class is none of ${effectClasses.join(', ')}`)
  return found
}

function readLabel(value: Json | undefined, place: Place): Label {
  const found = value === undefined ? defaultRequest.labels : labels.find((one) => one === value)
  if (found === undefined) throw wrong(place, `labels is none of ${labels.join(', ')}`)
  return found
}

function readCost(value: Json | undefined, place: Place): CostBound {
  const cost: { -readonly [Dimension in keyof CostBound]: CostBound[Dimension] } = {}
  if (value === undefined) return cost
  const fields = fieldsOf(value, costDimensions, place)
  for (const dimension of costDimensions) {
    const amount = fields[dimension]
    if (dimension === 'moneyMicro' && amount === 'unknown') cost.moneyMicro = amount
    else if (isAmount(amount)) cost[dimension] = amount
    else if (amount !== undefined) throw wrong(place, `${dimension} of cost is no amount`)
  }
  return cost
}

function readFacts(value: Json | undefined, place: Place): Facts {
  if (value === undefined) return {}
  if (!isObject(value)) throw wrong(place, 'facts is no object')
  const facts: [string, Facts[string]][] = []
  for (const [name, fact] of Object.entries(value)) {
    if (!isFact(fact)) throw wrong(place, `${name} of facts is neither text, whole number, truth value nor list of texts`)
    facts.push([name, fact])
  }
  return Object.fromEntries(facts)
}

function textsIn(value: Json, name: string, place: Place): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(place, `${name} is no list of texts`)
  return value.map((item: Json) => {
    if (typeof item !== 'string') throw wrong(place, `${name} is no list of texts`)
    return item
  })
}

interface Fields {
  readonly [name: string]: Json | undefined
}

/** The members of an object that has no others. */
function fieldsOf(value: Json | undefined, names: readonly string[], place: Place): Fields {
  if (value === undefined || !isObject(value)) throw wrong(place, 'there is no object where one is needed')
  const stranger = Object.keys(value).find((name) => !names.includes(name))
  if (stranger !== undefined) throw wrong(place, `${stranger} means nothing here, only ${names.join(', ')}`)
  return value
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong({ file, at }: Place, what: string): IceError {
  return new IceError('policy.invalid', `${file}: ${at === '' ? '' : `${at}: `}${what}`)
}
