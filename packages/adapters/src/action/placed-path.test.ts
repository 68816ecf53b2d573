import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placePath } from './placed-path.ts'

const at = { root: '/project', cwd: '/project/src' }

test.each([
  ['a.ts', 'src/a.ts'],
  ['./a.ts', 'src/a.ts'],
  ['../a.ts', 'a.ts'],
  ['..', '.'],
  ['/project', '.'],
  ['/project/', '.'],
  ['/project//lib/./a.ts', 'lib/a.ts'],
  ['/project/lib/../lib/a.ts', 'lib/a.ts'],
  ['/elsewhere/../project/a', 'a'],
  ['...', 'src/...'],
])('%s lies in the project as %s', (path, expected) => {
  expect(placePath(path, at)).toStrictEqual({ path: expected, outside: false })
})

test.each([
  ['../../etc/passwd', '/etc/passwd'],
  ['/project-old/a', '/project-old/a'],
  ['/project/../project-old/a', '/project-old/a'],
  ['../../../../../../etc', '/etc'],
  ['/', '/'],
  ['~/.ssh/id_rsa', '~/.ssh/id_rsa'],
  ['~root/x', '~root/x'],
  ['C:\\Users', 'C:\\Users'],
  ['a\\..\\..\\b', 'a\\..\\..\\b'],
])('%s lies outside as %s', (path, expected) => {
  expect(placePath(path, at)).toStrictEqual({ path: expected, outside: true })
})

test.each(['', 'a\0b', '\ud800', 'x'.repeat(5000)])('no path is made of %j', (path) => {
  expect(placePath(path, at)).toBeUndefined()
})

describe('whatever is spelled', () => {
  const segments = fc.array(fc.constantFrom('..', '.', '', 'a', 'project', 'src', '…', '..a'), { maxLength: 12 })

  test('a path inside holds no .. and does not begin with a slash', () => {
    fc.assert(
      fc.property(segments, fc.boolean(), (parts, absolute) => {
        const placed = placePath(`${absolute ? '/' : ''}${parts.join('/')}`, at)
        if (placed === undefined || placed.outside) return
        expect(placed.path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/)
      }),
    )
  })

  test('a project at the root of the file system has no outside but what cannot be placed', () => {
    expect(placePath('/etc/passwd', { root: '/', cwd: '/' })).toStrictEqual({ path: 'etc/passwd', outside: false })
  })
})
