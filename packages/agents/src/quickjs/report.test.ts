import { expect, test } from 'vitest'
import { maxProposalsPerTurn } from '../limits.ts'
import { readReport } from './report.ts'

test.each([
  ['a line of no kind', 'q{}\n'],
  ['a statement of no kind', 's{"kind":"order","payload":1}\n'],
  ['a log of no level', 'l{"level":"fatal","text":"a"}\n'],
  ['a log without a text', 'l{"level":"info","text":7}\n'],
  ['an end that is no JSON', 'c{\n'],
  ['a statement that is no JSON', 's{\n'],
])('%s is broken', (_, text) => {
  expect(readReport(text).broken).toBeDefined()
})

test('a proposal that is no JSON is handed on as it is', () => {
  expect(readReport('p{"action":\n')).toEqual({ items: [{ type: 'propose', message: '{"action":' }] })
})

test('items before a broken line are kept, those after it are not', () => {
  expect(readReport('p1\n?\np2\n').items).toEqual([{ type: 'propose', message: 1 }])
})

test('a realm that ignores the bound on proposals is broken at the bound', () => {
  const { items, broken } = readReport('p1\n'.repeat(maxProposalsPerTurn + 1))
  expect(items).toHaveLength(maxProposalsPerTurn)
  expect(broken).toContain('proposals')
})
