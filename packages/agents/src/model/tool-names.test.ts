import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameTools } from './tool-names.ts'

test('an action becomes a name that providers take, and back', () => {
  const names = nameTools(['files.write', 'model.generate'])
  expect(names.toolOf('files.write')).toBe('files_write')
  expect(names.actionOf('files_write')).toBe('files.write')
  expect(names.actionOf('files.write')).toBeUndefined()
})

test('two actions never share a name, in whatever order they come', () => {
  const action = fc.stringMatching(/^[a-z_.-]{1,5}$|^[a-z]{60,70}\.[ab]$/)
  fc.assert(
    fc.property(fc.uniqueArray(action, { maxLength: 30 }), (actions) => {
      const names = nameTools(actions)
      const back = nameTools([...actions].reverse())
      for (const each of actions) {
        expect(names.toolOf(each)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
        expect(names.actionOf(names.toolOf(each))).toBe(each)
        expect(back.toolOf(each)).toBe(names.toolOf(each))
      }
    }),
  )
})
