import { expect, test } from 'vitest'
import { patchedPaths } from './patched-paths.ts'

const patch = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')

test('every file of a patch is named, and that it takes something away', () => {
  expect(patchedPaths(patch('*** Add File: a.txt', '+one', '*** Update File: b.txt', '@@', '-x', '+y'))).toStrictEqual({
    paths: ['a.txt', 'b.txt'],
    deletes: false,
  })
  expect(patchedPaths(patch('*** Update File: a', '*** Move to: b', '*** Delete File: c'))).toStrictEqual({
    paths: ['a', 'b', 'c'],
    deletes: true,
  })
})

test('a header that is indented counts, as the program that applies it may take it for one', () => {
  expect(patchedPaths(patch('*** Update File: a', '  *** Delete File: b'))).toMatchObject({ paths: ['a', 'b'], deletes: true })
})

test.each([
  ['', 'no file'],
  [patch(), 'no file'],
  [patch('*** Add File: a', '*** Copy File: b'), 'a header nobody knows'],
  [patch('*** Environment ID: x', '*** Add File: a'), 'another machine'],
  [patch('*** Add File:'), 'no name'],
])('%j is not judged by what can be read of it: %s', (text) => {
  expect(patchedPaths(text)).toBeUndefined()
})
