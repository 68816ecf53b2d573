import { expect, test } from 'vitest'
import { toolNamesOf } from './tool-names.ts'
import type { ToolNames } from './tool-names.ts'

function namesOf(...names: readonly string[]): ToolNames {
  const tools = names.map((name) => ({ name, description: '', parameters: {} }))
  return toolNamesOf({ model: 'a', messages: [], tools, maxOutputTokens: 1 })
}

test('every offered name travels in a form services accept and comes back as it was', () => {
  const names = ['files.read', 'files__read', 'files_read', 'a.b.c', 'naïve', 'naÏve', `${'x'.repeat(70)}.a`, `${'x'.repeat(70)}.b`, '世界']
  const { toWire, fromWire } = namesOf(...names)
  const wires = names.map((name) => toWire(name))
  for (const wire of wires) expect(wire).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
  expect(new Set(wires).size).toBe(names.length)
  expect(wires.map((wire) => fromWire(wire))).toEqual(names)
})

test('a name that services accept keeps itself, whoever comes first', () => {
  expect(namesOf('files.read', 'files__read').toWire('files__read')).toBe('files__read')
})

test('a name that was never offered comes back as it is', () => {
  expect(namesOf('files.read').fromWire('files__write')).toBe('files__write')
  expect(namesOf().fromWire('__proto__')).toBe('__proto__')
})
