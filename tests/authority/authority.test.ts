import { describe, expect, test } from 'vitest'
import { decisionStages } from '@ice-runtime/kernel'
import { allCases, allClaims } from './all-cases.ts'
import { runCase } from './run-case.ts'

describe.each(Object.entries(allCases))('%s', (_subject, cases) => {
  test.each(cases.map((told) => [told.name, told] as const))('%s', async (_name, told) => {
    const { events, effects = [] } = told
    expect(await runCase(told)).toEqual({ events, effects })
  })
})

describe.each(Object.entries(allClaims))('of %s', (_subject, claims) => {
  test.each(claims.map((claim) => [claim.name, claim] as const))('%s', (_name, { holds, is }) => {
    expect(holds()).toEqual(is)
  })
})

test('every stage of a verdict is one that a case says no at', () => {
  const stages = new Set(Object.values(allCases).flatMap((cases) => cases.map(({ stage }) => stage)))
  expect([...decisionStages].filter((stage) => !stages.has(stage))).toEqual([])
})

test('every case has a name of its own', () => {
  const names = [...Object.values(allCases), ...Object.values(allClaims)].flatMap((told) => told.map(({ name }) => name))
  expect(new Set(names).size).toBe(names.length)
})
