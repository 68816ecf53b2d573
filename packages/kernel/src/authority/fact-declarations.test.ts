import { expect, test } from 'vitest'
import { declarationsProblem, factsProblem, isFact, maxFactBytes, maxFactItems } from './fact-declarations.ts'
import type { FactDeclarations, Facts, FactType } from './policy-port.ts'

const declared: FactDeclarations = { path: { type: 'string' }, size: { type: 'integer', optional: true } }

test('facts exactly as declared have no problem', () => {
  expect(factsProblem({ path: 'a', size: 1 }, declared)).toBeUndefined()
  expect(factsProblem({ path: 'a' }, declared)).toBeUndefined()
})

test.each<[string, Facts]>([
  ['is not declared', { path: 'a', mode: 1 }],
  ['is not declared', { path: 'a', toString: 'b' }],
  ['declared as string', { path: 1 }],
  ['declared and missing', { size: 1 }],
  ['declared as integer', { path: 'a', size: true }],
  ['neither text', { path: 'a', size: 0.5 }],
  ['neither text', JSON.parse('{"path":{"__entity":{"type":"Ice::Agent","id":"a"}}}')],
])('a fact that %s is a problem', (problem, facts) => {
  expect(factsProblem(facts, declared)).toContain(problem)
})

test.each<[FactType, Facts[string], boolean]>([
  ['string', 'a', true],
  ['string', true, false],
  ['integer', -0, true],
  ['integer', 2 ** 53, false],
  ['boolean', false, true],
  ['boolean', 'false', false],
  ['strings', [], true],
  ['strings', 'a', false],
  ['decimal', '-12.3400', true],
  ['decimal', '12', false],
  ['decimal', 12, false],
  ['ip', '10.0.0.1', true],
  ['ip', '2001:db8::/32', true],
  ['ip', 'localhost', false],
])('as a fact of type %s, %j is one: %s', (type, fact, holds) => {
  expect(factsProblem({ fact }, { fact: { type } }) === undefined).toBe(holds)
})

test('a fact is at most as large as a rule can be about, in bytes', () => {
  expect(isFact('x'.repeat(maxFactBytes))).toBe(true)
  expect(isFact('x'.repeat(maxFactBytes + 1))).toBe(false)
  expect(isFact('é'.repeat(maxFactBytes / 2))).toBe(true)
  expect(isFact(`${'é'.repeat(maxFactBytes / 2)}x`)).toBe(false)
  expect(isFact(['x'.repeat(maxFactBytes), 'x'])).toBe(false)
  expect(isFact(Array.from({ length: maxFactItems + 1 }, () => ''))).toBe(false)
  expect(isFact('\ud800')).toBe(false)
})

test.each<[string, FactDeclarations]>([
  ['a name that could pose as an entity', { __entity: { type: 'string' } }],
  ['no name', { '': { type: 'string' } }],
  ['a type nobody knows', JSON.parse('{"a":{"type":"entity"}}')],
  ['something else than optional: true', JSON.parse('{"a":{"type":"string","optional":false}}')],
])('declarations with %s are refused', (_what, declarations) => {
  expect(declarationsProblem(declarations)).toBeTypeOf('string')
})
