import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventReader } from './server-sent-events.ts'

function read(...pieces: readonly string[]): readonly string[] {
  const reader = createEventReader()
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

test('lines end in LF, CR or CRLF', () => {
  for (const end of ['\n', '\r', '\r\n']) expect(read(['data: a', '', 'data: b', '', ''].join(end))).toEqual(['a', 'b'])
})

test('several data lines are one event, other fields and comments are none', () => {
  expect(read('event: x\n: comment\ndata: a\ndata:b\nid: 1\n\n')).toEqual(['a\nb'])
})

test('a CRLF cut in two is one line end', () => {
  expect(read('data: a\r', '\ndata: b\r', '', '\n\r', '\n')).toEqual(['a\nb'])
})

test('an event without its blank line counts at the end', () => {
  expect(read('data: a\n\ndata: b\n')).toEqual(['a', 'b'])
  expect(read('data: a\n\ndata: b')).toEqual(['a', 'b'])
})

test('events are the same wherever the text is cut', () => {
  const text = fc.array(fc.constantFrom('\r', '\n', '\r\n', 'data: ', 'data:', 'x', ': c', ' '), { maxLength: 40 })
  fc.assert(
    fc.property(text, fc.array(fc.nat(80), { maxLength: 6 }), (parts, cuts) => {
      const whole = parts.join('')
      const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((left, right) => left - right)
      const pieces = places.map((place, index) => whole.slice(place, places[index + 1] ?? whole.length))
      expect(read(...pieces)).toEqual(read(whole))
    }),
  )
})
