import { expect, test } from 'vitest'
import type { PolicyRequest } from '@ice-runtime/kernel'
import { policy, reading } from '../../tests/fixture.ts'
import { simulatePolicy } from './simulate-policy.ts'
import { worstRefusals } from './worst-refusals.ts'

const nothing = policy('permit (principal, action, resource) when { context.labels.integrity == "nobody" };')

function worstOf(requests: readonly PolicyRequest[], limit = 5): readonly (readonly [string, number])[] {
  const recorded = requests.map((request, index) => ({ from: `run#${index + 1}`, request }))
  return worstRefusals(simulatePolicy(nothing, nothing, recorded).refused, nothing, limit).map(({ from, count }) => [from, count])
}

const plain = reading('src/a')
const secret: PolicyRequest = { ...reading('src/b'), facts: { ...plain.facts, secretShaped: true } }
const final: PolicyRequest = { ...reading('src/c'), class: 'irreversible' }
const leaving: PolicyRequest = { ...reading('src/d'), class: 'irreversible', egress: { destinations: ['mail:a'] } }

test('what cannot be taken back and leaves comes first, then what touches secrets, then what is frequent', () => {
  expect(worstOf([plain, reading('src/e'), plain, secret, final, leaving])).toEqual([
    ['run#6', 1],
    ['run#5', 1],
    ['run#4', 1],
    ['run#3', 2],
    ['run#2', 1],
  ])
})

test('so many are told and no more, and none where nothing is refused', () => {
  expect(worstOf([plain, secret, final], 2)).toEqual([
    ['run#3', 1],
    ['run#2', 1],
  ])
  expect(worstOf([])).toEqual([])
})

test('each comes with the rule that forbids it, or with the permit that came nearest', () => {
  const next = policy(`permit (principal, action, resource) when { context.class == "observe" && context.egress.contains("a") };
@description("Nothing final.")
forbid (principal, action, resource) when { context.class == "irreversible" };`)
  const { refused, answers } = simulatePolicy(
    nothing,
    next,
    [plain, final].map((request) => ({ from: request.class, request })),
  )
  expect(answers).toEqual({ allow: 0, oblige: 0, forbid: 2, error: 0 })
  const [worst, other] = worstRefusals(refused, next, 5)
  expect(worst).toMatchObject({ from: 'irreversible', why: [{ rule: 'main.cedar:2', sentence: 'Nothing final.' }] })
  expect(other).toMatchObject({ from: 'observe', answer: { rules: [] }, why: [{ rule: 'main.cedar:1', effect: 'permit' }] })
})

test('what cannot be answered is refused too', () => {
  const unknown = { ...plain, action: 'nobody.knows' }
  const { answers, refused } = simulatePolicy(nothing, nothing, [{ from: 'run#1', request: unknown }])
  expect(answers).toMatchObject({ error: 1 })
  expect(worstRefusals(refused, nothing, 5)).toMatchObject([{ answer: { effect: 'error' }, count: 1, why: [] }])
})
