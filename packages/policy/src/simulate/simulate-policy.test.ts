import { expect, test } from 'vitest'
import { policy, read, reading } from '../../tests/fixture.ts'
import { simulatePolicy } from './simulate-policy.ts'

const old = policy(`permit (principal, ${read}, resource) when { context.facts.path like "src/*" };`)
const requests = ['src/a', 'src/keys/b', 'lib/c', 'src/d'].map((path, index) => ({ from: `run#${index + 1}`, request: reading(path) }))

test('the same policy flips nothing', () => {
  expect(simulatePolicy(old, old, requests)).toEqual({
    asked: 4,
    answers: { allow: 3, oblige: 0, forbid: 1, error: 0 },
    refused: [{ from: 'run#3', request: reading('lib/c'), answer: { effect: 'forbid', rules: [] } }],
    flips: [],
  })
})

test('each flip has its direction and its reason', () => {
  const next = policy(`permit (principal, ${read}, resource) when { context.facts.path like "src/*" && context.facts.path != "src/d" };
    permit (principal, ${read}, resource) when { context.facts.path like "lib/*" };
    @description("Keys are asked about.") @approval("2 of ops")
    forbid (principal, ${read}, resource) when { context.facts.path like "src/keys/*" };`)
  const { flips } = simulatePolicy(old, next, requests)
  expect(flips.map(({ from, direction, before, after }) => [from, direction, before.effect, after.effect])).toEqual([
    ['run#2', 'stricter', 'allow', 'oblige'],
    ['run#3', 'looser', 'forbid', 'allow'],
    ['run#4', 'stricter', 'allow', 'forbid'],
  ])
  expect(flips[0]?.why).toMatchObject([
    { rule: 'main.cedar:1', satisfied: true },
    { rule: 'main.cedar:3', sentence: 'Keys are asked about.' },
  ])
  expect(flips[2]?.why).toMatchObject([
    { rule: 'main.cedar:1', conditions: [{}, { holds: true }, { text: 'context.facts.path != "src/d"', holds: false }] },
  ])
})

test('asking others is a flip of no direction', () => {
  const asking = (whom: string): ReturnType<typeof policy> =>
    policy(`permit (principal, action, resource);\n@approval("${whom}") forbid (principal, action, resource);`)
  const { flips } = simulatePolicy(asking('1 of ops'), asking('1 of legal'), requests.slice(0, 1))
  expect(flips).toMatchObject([{ direction: 'other' }])
})
