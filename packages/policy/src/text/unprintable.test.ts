import { expect, test } from 'vitest'
import { findUnprintable } from './unprintable.ts'

test('letters of every script, tabs and line ends can be seen', () => {
  expect(findUnprintable('// Grüße, 你好, שלום\r\n\tpermit\n')).toBeUndefined()
})

test.each<[string, string]>([
  ['a mark that reorders', '\u202e'],
  ['a mark that isolates', '\u2066'],
  ['a space of no width', '\u200b'],
  ['a joiner', '\u200d'],
  ['a byte order mark', '\ufeff'],
  ['a space that does not break', '\u00a0'],
  ['a soft hyphen', '\u00ad'],
  ['a next line', '\u0085'],
  ['a line separator', '\u2028'],
  ['a null', '\0'],
  ['an escape', '\u001b'],
  ['a carriage return alone', '\r'],
  ['a variation selector', '\ufe0f'],
  ['a tag', '\u{e0041}'],
  ['a lone surrogate', '\ud800'],
])('%s cannot, and is found with its line', (_what, hidden) => {
  expect(findUnprintable(`// one\n// ${hidden}two`)).toMatchObject({ line: 2, name: expect.stringMatching(/^U\+[0-9A-F]{4,5}$/) })
})
