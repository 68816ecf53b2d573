import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretForms } from './secret-forms.ts'
import { createScrubber, minSecretChars, scrubbedText } from './secret-scrubber.ts'

const secrets = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('a', 'Z', '9', '+', '/', '%', ' ', '"', '\\', '\n', 'é', '—', '😀'),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    ),
    minLength: minSecretChars,
    maxLength: 40,
  })
  .filter((text) => text.isWellFormed() && text.length >= minSecretChars)
const around = fc.string({ unit: 'grapheme', maxLength: 9 }).filter((text) => text.isWellFormed())

/** How a value is written where it is not written as it is. */
const writings: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['in base64 within JSON of a careful writer', (text) => Buffer.from(text).toString('base64').replaceAll('/', '\\/')],
  ['in a path of a URL', (text) => encodeURIComponent(text)],
  ['in a form', (text) => new URLSearchParams([['key', text]]).toString()],
  ['in JSON', (text) => JSON.stringify(text)],
  [
    'in JSON without other letters',
    (text) => JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
]

/** The longest form of a secret that is in a text of one character a byte. */
function longestForm(secret: string, given: string): string {
  const forms = secretForms(secret).map((form) => Buffer.from(form).toString('latin1'))
  return forms.toSorted((left, right) => right.length - left.length).find((form) => given.includes(form)) ?? ''
}

describe('a value that was learned', () => {
  test.each(writings)('is taken out %s, whatever stands around it', (_, write) => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const scrubber = createScrubber([secret])
        const clean = scrubber.text(write(before + secret + after))
        expect(clean).toContain(scrubbedText)
        for (const form of secretForms(secret)) expect(clean.includes(form)).toBe(false)
      }),
    )
  })

  test('is taken out of a value at any depth, names of members too, and nothing else is changed', () => {
    const scrubber = createScrubber(['correct horse battery'])
    const value = { list: ['a', { 'correct horse battery': 'is correct horse battery!' }], count: 3, none: null }
    expect(scrubber.json(value)).toEqual({ list: ['a', { [scrubbedText]: `is ${scrubbedText}!` }], count: 3, none: null })
    const clean = { list: ['a', { b: 'c' }], count: 3 }
    expect(scrubber.json(clean)).toBe(clean)
  })

  test('is taken out of bytes, and every other byte stays', () => {
    fc.assert(
      fc.property(secrets, fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (secret, before, after) => {
        const scrubber = createScrubber([secret])
        const given = Buffer.concat([before, Buffer.from(secret), after])
        const clean = Buffer.from(scrubber.bytes(given)).toString('latin1')
        // What stands around may make another form of it, such as a backslash before a quote; then that is what is taken out.
        const form = longestForm(secret, given.toString('latin1'))
        expect(form).toContain(Buffer.from(secret).toString('latin1'))
        expect(clean).toBe(given.toString('latin1').replace(form, () => scrubbedText))
        expect(scrubber.bytes(before)).toBe(before)
      }),
      {
        examples: [
          ['"23456789abc', Uint8Array.of(0x5c), Uint8Array.of()],
          ['0123456789a%', Uint8Array.of(), Buffer.from('25')],
        ],
      },
    )
  })

  test('is taken out of a stream wherever it is cut', () => {
    fc.assert(
      fc.property(secrets, around, around, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (secret, before, after, sizes) => {
        const pieces = createScrubber([secret]).pieces()
        const text = before + secret + after
        let [said, from] = ['', 0]
        for (let turn = 0; from < text.length; turn += 1) {
          const to = from + (sizes[turn % sizes.length] ?? 1)
          said += pieces(text.slice(from, to))
          from = to
        }
        expect(said.includes(secret)).toBe(false)
        expect(`${before}${scrubbedText}${after}`.startsWith(said)).toBe(true)
      }),
    )
  })

  test('is known from then on, beside others', () => {
    const scrubber = createScrubber(['first secret value'])
    expect(scrubber.text('second secret value')).toBe('second secret value')
    scrubber.learn('second secret value')
    expect(scrubber.text('first secret value, second secret value')).toBe(`${scrubbedText}, ${scrubbedText}`)
  })
})

test('a word too short to be told from other text is left where it is', () => {
  const scrubber = createScrubber(['none', ''])
  expect(scrubber.text('there is none')).toBe('there is none')
})
