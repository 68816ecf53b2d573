import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { canonicalize, maxJsonDepth } from './canonical.ts'
import type { Json } from './json.ts'

/** RFC 8785 as its text defines it: members ordered by their names' UTF-16 code units, values as ECMAScript writes them. */
function reference(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(reference).join(',')}]`
  const members = Object.entries(value as { readonly [key: string]: Json })
  members.sort(([left], [right]) => compareUnits(left, right))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${reference(member)}`).join(',')}}`
}

function compareUnits(left: string, right: string): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    if (left.charCodeAt(index) !== right.charCodeAt(index)) return left.charCodeAt(index) - right.charCodeAt(index)
  }
  return left.length - right.length
}

function doubleOfBits(bits: string): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(`0x${bits}`))
  return view.getFloat64(0)
}

function nested(depth: number): Json {
  let value: Json = []
  for (let level = 1; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

describe('canonical JSON is RFC 8785', () => {
  test('any value is written as the definition says', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(canonicalize(value)).toBe(reference(value))
      }),
      { numRuns: 500 },
    )
  })

  test('writing what was read changes nothing', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(canonicalize(JSON.parse(canonicalize(value)) as Json)).toBe(canonicalize(value))
      }),
    )
  })

  test('the order in which members were set does not matter', () => {
    const members = fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([key]) => key, maxLength: 40 })
    const inOrder = members.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })))
    fc.assert(
      fc.property(inOrder, ([left, right]) => {
        fc.pre(left.every(([key]) => key !== '__proto__'))
        expect(canonicalize(Object.fromEntries(left))).toBe(canonicalize(Object.fromEntries(right)))
      }),
    )
  })

  test('objects of many members are ordered too', () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${(index * 17) % 40}`)
    const object = Object.fromEntries(keys.map((key) => [key, 0]))
    expect(canonicalize(object)).toBe(reference(object))
    expect(Object.keys(JSON.parse(canonicalize(object)) as object)).not.toStrictEqual(keys)
  })

  test('the sample of section 3.2.2, without its unsafe integer, comes out as printed there', () => {
    const sample = {
      numbers: JSON.parse('[333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001]') as Json,
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(canonicalize(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('the keys of section 3.2.3 come out in the order printed there', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect([...canonicalize(sample).matchAll(/:"([^"]*)"/g)].map((match) => match[1])).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  test.each([
    ['0000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['433fffffffffffff', '9007199254740991'],
    ['c33fffffffffffff', '-9007199254740991'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('the double %s of appendix B is written %s', (bits, text) => {
    expect(canonicalize(doubleOfBits(bits))).toBe(text)
  })

  test('every ASCII character is written as the native writer does, in short and in long text', () => {
    for (let code = 0; code < 128; code += 1) {
      for (const rest of ['', 'x'.repeat(100)]) {
        const text = String.fromCharCode(code) + rest
        expect(canonicalize({ [text]: text })).toBe(JSON.stringify({ [text]: text }))
      }
    }
  })
})

describe('what canonical JSON cannot hold is refused', () => {
  const deeper = nested(maxJsonDepth + 1)
  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an unsafe integer', 2 ** 53],
    ['a negative zero', [-0]],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate at the end of long text', `${'x'.repeat(100)}\udc00`],
    ['a lone surrogate in a key', { '\ud800': 1 }],
    ['an own key named __proto__', JSON.parse('{"__proto__":1}')],
    ['a function', { a: () => 1 }],
    ['a bigint', 1n],
    ['a hole', [1, undefined]],
    ['nothing', undefined],
    ['nesting that is too deep', deeper],
  ])('%s', (_, value) => {
    expect(() => canonicalize(value as Json)).toThrow(expect.objectContaining({ code: 'json.malformed' }))
  })

  test('nesting at the bound is written', () => {
    expect(canonicalize(nested(maxJsonDepth))).toHaveLength(maxJsonDepth * 2 + 32 * 4)
  })

  test('members that are undefined are left out', () => {
    expect(canonicalize({ b: 1, a: undefined } as never)).toBe('{"b":1}')
  })
})
