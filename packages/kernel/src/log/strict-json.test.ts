import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { canonicalize, maxJsonDepth } from './canonical.ts'
import { IceError } from './errors.ts'
import type { Json } from './json.ts'
import { maxJsonChars, parseStrictJson, parseStrictJsonBytes } from './strict-json.ts'

/** JSON-like text: mostly nearly right, so that both readers often accept it. */
const nearlyJson = fc
  .tuple(
    jsonValues,
    fc.option(fc.nat(), { nil: undefined }),
    fc.constantFrom(...Array.from('{}[]",:\\/0123456789+-.eEtrufalsn \t\r\n'), '\\u0041', '\\ud83d', '1e400', '-0', '"a":1,'),
  )
  .map(([value, place, piece]) => {
    const text = JSON.stringify(value, undefined, 1)
    const at = place === undefined ? text.length : place % (text.length + 1)
    return place === undefined ? text : text.slice(0, at) + piece + text.slice(at)
  })

function refusal(read: () => Json): string {
  try {
    return `accepted ${JSON.stringify(read())}`
  } catch (error) {
    if (error instanceof IceError) return `${error.code}: ${error.message}`
    throw error
  }
}

function lenient(text: string): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(text) as Json }
  } catch {
    return undefined
  }
}

describe('what canonical JSON writes', () => {
  test('is read back equal', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(parseStrictJson(canonicalize(value))).toStrictEqual(value)
      }),
    )
  })

  test('is read back equal from bytes', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(parseStrictJsonBytes(new TextEncoder().encode(canonicalize(value)))).toStrictEqual(value)
      }),
    )
  })
})

describe('against the lenient reader of the language', () => {
  test('what the strict reader accepts, the lenient one reads as the same value', () => {
    let accepted = 0
    fc.assert(
      fc.property(nearlyJson, (text) => {
        if (refusal(() => parseStrictJson(text)).startsWith('json.malformed')) return
        accepted += 1
        expect(parseStrictJson(text)).toStrictEqual(lenient(text)?.value)
      }),
      { numRuns: 3000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  test('what only the strict reader refuses breaks one of its own rules', () => {
    const ownRules = /^accepted|duplicate key|surrogate|2\^53|double|negative zero|__proto__|nesting/
    let refused = 0
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const answer = refusal(() => parseStrictJson(text))
        if (answer.startsWith('json.malformed')) refused += 1
        expect(answer).toMatch(lenient(text) === undefined ? /^json\.malformed/ : ownRules)
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(500)
  })
})

describe('valid texts', () => {
  test.each([
    [' \t\r\n{ "a" : [ 1 , -2.5e-1 , true , false , null ] } ', { a: [1, -0.25, true, false, null] }],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00"', '"\\/\b\f\n\r\tA😀'],
    ['"\\u0000"', '\0'],
    ['[]', []],
    ['{}', {}],
    ['0', 0],
    ['1E+2', 100],
    ['1e-400', 0],
    ['9007199254740991', 9007199254740991],
    ['{"":1}', { '': 1 }],
    ['"\u2028\u007f"', '\u2028\u007f'],
  ])('%j is read', (text, value) => {
    expect(parseStrictJson(text)).toStrictEqual(value)
  })

  test('names of Object.prototype are ordinary keys', () => {
    const value = parseStrictJson('{"constructor":1,"toString":2,"hasOwnProperty":3}')
    expect(Object.keys(value as object)).toEqual(['constructor', 'toString', 'hasOwnProperty'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('refused texts name what is wrong and where', () => {
  test.each([
    ['', /the end instead of a value \(offset 0\)/],
    ['{"a":1,"a":2}', /a duplicate key \(offset 7\)/],
    ['{"a":1,"\\u0061":2}', /a duplicate key \(offset 7\)/],
    ['{"__proto__":{}}', /__proto__ \(offset 1\)/],
    ['{"\\u005f_proto__":{}}', /__proto__ \(offset 1\)/],
    ['"a\ud800"', /a lone surrogate \(offset 2\)/],
    ['["\\ud800"]', /a lone surrogate \(offset 1\)/],
    ['"\\udc00\\ud800"', /a lone surrogate/],
    ['"\\ud800\ud800\udc00"', /a lone surrogate/],
    ['9007199254740992', /2\^53 - 1 \(offset 0\)/],
    ['-9007199254740993.0', /2\^53 - 1/],
    ['1e300', /2\^53 - 1/],
    ['[1e400]', /too large for a double \(offset 1\)/],
    ['-1e400', /too large for a double/],
    ['-0', /a negative zero \(offset 0\)/],
    ['-0.0e5', /a negative zero/],
    ['-1e-400', /a negative zero/],
    ['\ufeff1', /a byte order mark \(offset 0\)/],
    ['1 2', /text after the value \(offset 2\)/],
    ['{} x', /text after the value \(offset 3\)/],
    ['01', /text after the value/],
    ['1.', /the end instead of a digit/],
    ['.5', /\. instead of a value/],
    ['+1', /\+ instead of a value/],
    ['1e', /instead of a digit/],
    ['-', /instead of a digit/],
    ['[1,]', /\] instead of a value/],
    ['[1 2]', /2 instead of a comma or \]/],
    ['{"a":1,}', /\} instead of a key/],
    ['{a:1}', /a instead of a key/],
    ['{"a" 1}', /1 instead of a colon/],
    ['{"a":1 "b":2}', /instead of a comma or \}/],
    ['tru', /instead of a value/],
    ['NaN', /N instead of a value/],
    ["'a'", /' instead of a value/],
    ['"a', /a string without end \(offset 2\)/],
    ['"a\nb"', /a raw control character in a string \(offset 2\)/],
    ['"a\0b"', /a raw control character in a string \(offset 2\)/],
    ['\u00001', /U\+0000 instead of a value/],
    ['\u00a01', /U\+00A0 instead of a value/],
    ['"\\x41"', /an unknown escape \(offset 2\)/],
    ['"\\', /an unknown escape/],
    ['"\\u12G4"', /an escape without four hex digits \(offset 3\)/],
    ['"\\u12', /an escape without four hex digits/],
    ['// x\n1', /\/ instead of a value/],
  ])('%j', (text, expected) => {
    const answer = refusal(() => parseStrictJson(text))
    expect(answer).toMatch(/^json\.malformed: /)
    expect(answer).toMatch(expected)
  })

  test('bytes that are not UTF-8 are refused at the first bad one', () => {
    expect(refusal(() => parseStrictJsonBytes(Uint8Array.of(0x22, 0x61, 0xff, 0x22)))).toMatch(/not UTF-8 \(offset 2\)/)
    expect(refusal(() => parseStrictJsonBytes(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)))).toMatch(/not UTF-8/)
    expect(refusal(() => parseStrictJsonBytes(Uint8Array.of(0x22, 0xc0, 0x80, 0x22)))).toMatch(/not UTF-8/)
  })

  test('a byte order mark in bytes is refused, not skipped', () => {
    expect(refusal(() => parseStrictJsonBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)))).toMatch(/byte order mark/)
  })
})

describe('limits', () => {
  test(`${maxJsonDepth} lists inside one another are read and one more is refused`, () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(canonicalize(parseStrictJson(nested(maxJsonDepth)))).toBe(nested(maxJsonDepth))
    expect(refusal(() => parseStrictJson(nested(maxJsonDepth + 1)))).toMatch(/nesting deeper than 64 \(offset 64\)/)
  })

  test.each(['[', '{"a":'])('200,000 times %j fails as malformed, not by exhausting the stack', (opening) => {
    expect(refusal(() => parseStrictJson(opening.repeat(200_000)))).toMatch(/^json\.malformed: .*nesting deeper than 64/)
  })

  test('a caller can ask for less depth but not for more', () => {
    expect(refusal(() => parseStrictJson('[[1]]', { maxDepth: 1 }))).toMatch(/nesting deeper than 1 \(offset 1\)/)
    expect(refusal(() => parseStrictJson('['.repeat(100), { maxDepth: 1000 }))).toMatch(/nesting deeper than 64/)
  })

  test('too much text is refused before it is read', () => {
    expect(parseStrictJson('"123456"', { maxChars: 8 })).toBe('123456')
    expect(refusal(() => parseStrictJson('"1234567"', { maxChars: 8 }))).toMatch(/^limit\.exceeded/)
    expect(refusal(() => parseStrictJson(' '.repeat(maxJsonChars + 1)))).toMatch(/^limit\.exceeded/)
    expect(refusal(() => parseStrictJsonBytes(new Uint8Array(25).fill(0xff), { maxChars: 8 }))).toMatch(/^limit\.exceeded/)
    expect(refusal(() => parseStrictJsonBytes(new TextEncoder().encode('"1234567"'), { maxChars: 8 }))).toMatch(/^limit\.exceeded/)
  })
})
