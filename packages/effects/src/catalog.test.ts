import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Driver } from '@ice-runtime/kernel'
import { createCatalog, isActionName } from './catalog.ts'
import { defineEffect } from './define-effect.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

function driver(action: string, change: { readonly version?: number; readonly args?: z.ZodType } = {}): Driver {
  const made = defineEffect({
    action: 'notes.list',
    version: change.version ?? 1,
    description: 'Lists notes.',
    args: change.args ?? z.strictObject({}),
    egress: [],
    resources: ['notes:all'],
    describe: () => 'List notes.',
    perform: () => ({ result: null }),
  })
  return { ...made, action }
}

test('a driver is found under its exact name only', () => {
  const catalog = createCatalog([driver('notes.list')], sha256)
  expect(catalog.find('notes.list')?.action).toBe('notes.list')
  for (const name of ['notes.List', 'notes.list ', 'notes', 'toString', '__proto__']) expect(catalog.find(name)).toBeUndefined()
})

test('drivers are listed in name order whatever the order they were given in', () => {
  const given = [driver('b.b'), driver('a.z'), driver('a.a')]
  expect(
    createCatalog(given, sha256)
      .list()
      .map((item) => item.action),
  ).toEqual(['a.a', 'a.z', 'b.b'])
  expect(createCatalog(given.toReversed(), sha256).digest).toBe(createCatalog(given, sha256).digest)
})

test('the digest changes with a name, a version and a schema, and with nothing else', () => {
  const digestOf = (item: Driver): string => createCatalog([item], sha256).digest
  const plain = digestOf(driver('notes.list'))
  expect(digestOf({ ...driver('notes.list'), description: 'other words' })).toBe(plain)
  const changed = [
    driver('notes.find'),
    driver('notes.list', { version: 2 }),
    driver('notes.list', { args: z.strictObject({ a: z.int() }) }),
  ]
  expect(new Set([plain, ...changed.map(digestOf)]).size).toBe(4)
})

describe('a catalog refuses', () => {
  test.each([
    'notes',
    'notes.',
    '.list',
    'Notes.list',
    'notes.list.all',
    'nоtes.list',
    'notes.li st',
    '1notes.list',
    `${'a'.repeat(33)}.list`,
    '',
  ])('the name %j', (name) => {
    expect(isActionName(name)).toBe(false)
    expect(() => createCatalog([driver(name)], sha256)).toThrow(expect.objectContaining({ code: 'effect.definition_invalid' }))
  })
  test('a name given twice', () => {
    expect(() => createCatalog([driver('notes.list'), driver('notes.list')], sha256)).toThrow('two drivers are named notes.list')
  })
  test.each([
    ['notes.all', 'notes.al1'],
    ['notes.list', 'n0tes.list'],
    ['notes.list_all', 'notes.listall'],
    ['modern.list', 'modem.list'],
  ])('%s beside %s, which reads the same', (one, other) => {
    expect(() => createCatalog([driver(one), driver(other)], sha256)).toThrow('reads like')
  })
})
