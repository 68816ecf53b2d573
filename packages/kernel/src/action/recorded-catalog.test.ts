import { describe, expect, test } from 'vitest'
import { catalogBytes, readCatalog } from './recorded-catalog.ts'

const driver = {
  action: 'files.read',
  version: 1,
  argsSchema: { type: 'object' },
  facts: { path: { type: 'string' }, digest: { type: 'string', optional: true }, sizeBytes: { type: 'integer' }, from: { type: 'ip' } },
} as const

describe('a catalog that was recorded', () => {
  test('says again which facts each action has', () => {
    expect(readCatalog(catalogBytes([driver, { ...driver, action: 'files.stat', facts: {} }]))).toEqual([
      { action: 'files.read', facts: driver.facts },
      { action: 'files.stat', facts: {} },
    ])
  })

  test.each([
    '{}',
    '[1]',
    '[{"action":1,"facts":{}}]',
    '[{"action":"a.b"}]',
    '[{"action":"a.b","facts":{"x":"float"}}]',
    '[{"action":"a.b","facts":{"x":1}}]',
  ])('is not read from %s', (text) => {
    expect(() => readCatalog(new TextEncoder().encode(text))).toThrow(expect.objectContaining({ code: 'blob.corrupt' }))
  })
})
