import { expect, test } from 'vitest'
import { openTerminal } from './terminal.ts'
import { aligned, durationText, grouped, visible, visibleLines } from './text.ts'

const sink = (isTTY: boolean): { readonly isTTY: boolean; write(text: string): void } => ({ isTTY, write: () => undefined })

test.each([
  ['a terminal', true, {}, true],
  ['a pipe', false, {}, false],
  ['NO_COLOR', true, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
  ['a dumb terminal', true, { TERM: 'dumb' }, false],
])('colour on %s', (_, isTTY, environment, colored) => {
  const terminal = openTerminal({ stdout: sink(isTTY), stderr: sink(!isTTY), environment, json: false })
  expect(terminal.data.paint('bad', 'x') !== 'x').toBe(colored)
})

test('hints name the command as the person called it', () => {
  const parts = { stdout: sink(false), stderr: sink(false), json: false }
  expect(openTerminal({ ...parts, environment: {} }).program).toBe('ice')
  expect(openTerminal({ ...parts, environment: { npm_lifecycle_event: 'ice' } }).program).toBe('npm run -s ice --')
})

test('nothing a terminal obeys or hides passes, and everything else does', () => {
  expect(visible('a\u001b[31m\r\n\tb\u0007\u009b\u200e\u2028\ud800é漢')).toBe(
    'a\\x1b[31m\\x0d\\x0a\\x09b\\x07\\x9b\\u{200e}\\u{2028}\ufffdé漢',
  )
  expect(visible('abcdef', 4)).toBe('abc…')
  expect(visibleLines('a\n\tb\u001b')).toEqual(['a', '  b\\x1b'])
})

test('columns stand under one another, whatever is in them', () => {
  expect(
    aligned([
      ['a', 'bb', 'c'],
      ['😀é', 'b', 'd'],
    ]),
  ).toEqual([
    ['a ', 'bb', 'c'],
    ['😀é', 'b ', 'd'],
  ])
})

test('numbers and times read the same in every locale', () => {
  expect([grouped(7), grouped(1234), grouped(1_234_567)]).toEqual(['7', '1,234', '1,234,567'])
  expect([durationText(21), durationText(61_000), durationText(7_260_000)]).toEqual(['0.021 s', '1 min 1 s', '2 h 1 min'])
})
