import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyAnswer, PolicyRequest } from '@ice-runtime/kernel'
import { actions, reading, sha256 } from '../../tests/fixture.ts'
import { answerTo, openMatches } from './matches.ts'
import { evaluateSafely, openRules } from './open-cedar-policy.ts'

/** Conditions that the requests below satisfy in every combination. */
const conditions = [
  'true',
  'context.atOnce',
  'context.class == "staged"',
  'resource in Ice::Resource::"file:src"',
  'principal in Ice::Namespace::"other"',
]
const condition = fc.constantFrom(...conditions)
const permit = fc
  .tuple(fc.constantFrom('', '@waive("price_unknown") '), condition)
  .map(([note, when]) => `${note}permit (principal, action, resource) when { ${when} };`)
const note = fc.constantFrom('', '', '@approval("1 of ops") ', '@approval("2 of legal, not requester") ')
const forbid = fc.tuple(note, condition).map(([asks, when]) => `${asks}forbid (principal, action, resource) when { ${when} };`)
const rules = fc.array(fc.oneof(permit, forbid), { maxLength: 6 })

const requests: readonly PolicyRequest[] = [false, true].flatMap((atOnce) =>
  [['file:src/a'], ['file:lib/b'], ['file:src/a', 'file:lib/b']].flatMap((resources) =>
    (['observe', 'staged'] as const).map((effectClass) =>
      reading('a', {
        atOnce,
        resources,
        class: effectClass,
        principal: { agent: 'a', namespace: atOnce ? 'other' : 'default', person: 'p' },
      }),
    ),
  ),
)

function answers(texts: readonly string[]): readonly PolicyAnswer[] {
  const { setOf } = openRules({ bundle: { files: [{ name: 'p.cedar', text: texts.join('\n') }] }, actions, sha256 })
  return requests.map((request) => evaluateSafely(setOf, request))
}

/** What an answer lets happen: all, nothing, or what so many have agreed to. */
function isWithin(narrow: PolicyAnswer, wide: PolicyAnswer): boolean {
  if (narrow.effect === 'forbid' || wide.effect === 'allow') return true
  if (narrow.effect !== 'oblige' || wide.effect !== 'oblige') return false
  const asked = new Set(narrow.obligations.map((one) => JSON.stringify(one)))
  return wide.obligations.every((one) => asked.has(JSON.stringify(one)))
}

describe('for any rules and any request', () => {
  const runs = { numRuns: 60 }

  test('a further permit only widens', () => {
    fc.assert(
      fc.property(rules, permit, (texts, added) => {
        const [before, after] = [answers(texts), answers([...texts, added])]
        expect(before.every((answer, index) => isWithin(answer, after[index] ?? answer))).toBe(true)
      }),
      runs,
    )
  })

  test('a further forbid only narrows', () => {
    fc.assert(
      fc.property(rules, forbid, (texts, added) => {
        const [before, after] = [answers(texts), answers([...texts, added])]
        expect(after.every((answer, index) => isWithin(answer, before[index] ?? answer))).toBe(true)
      }),
      runs,
    )
  })

  test('the order of rules changes nothing but the places that are named', () => {
    const meaning = (answer: PolicyAnswer): string =>
      JSON.stringify({
        ...answer,
        rules: [],
        obligations: 'obligations' in answer ? answer.obligations.map((one) => JSON.stringify(one)).sort() : [],
      })
    fc.assert(
      fc.property(rules, (texts) => {
        expect(answers(texts.toReversed()).map(meaning)).toEqual(answers(texts).map(meaning))
      }),
      runs,
    )
  })

  test('the answer is what the satisfied rules come to, counted by somebody else', () => {
    fc.assert(
      fc.property(rules, (texts) => {
        const { setOf } = openRules({ bundle: { files: [{ name: 'p.cedar', text: texts.join('\n') }] }, actions, sha256 })
        const set = setOf('files.read')
        if (set === undefined) throw new Error('the fixture reads files')
        const matchesOf = openMatches(set, sha256)
        expect(requests.map((request) => answerTo(set, matchesOf(request) ?? []))).toEqual(answers(texts))
      }),
      runs,
    )
  })
})

test('both properties saw every kind of answer', () => {
  const all = [
    'permit (principal, action, resource) when { context.atOnce };',
    '@approval("1 of ops") forbid (principal, action, resource) when { context.class == "staged" };',
  ]
  expect(new Set(answers(all).map(({ effect }) => effect))).toEqual(new Set(['allow', 'oblige', 'forbid']))
})
