import { policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bracketDepth, splitRules } from './split-rules.ts'

const bare = 'permit (principal, action, resource);'

describe('a rule is named after the line of its first token', () => {
  test.each<[string, readonly number[]]>([
    ['', []],
    ['// nothing\n', []],
    [bare, [1]],
    [`\n// about it; really\n${bare}\n\n${bare}`, [3, 5]],
    [`@id("a;b")\n@description("two\nlines")\n${bare}\n${bare}`, [1, 5]],
    [`forbid (principal, action, resource) when { "}\\";{" == "// no comment" };\r\n${bare}`, [1, 2]],
    [`${bare} // the end;\n/${bare}`, [1, 2]],
    [`${bare}\npermit (principal`, [1, 2]],
    [`permit "never closed;\n${bare}`, [1]],
  ])('%j', (text, lines) => {
    expect(splitRules(text).map((rule) => rule.line)).toEqual(lines)
  })
})

test('what is left after the last semicolon is no ended rule', () => {
  expect(splitRules(`${bare} ${bare.slice(0, -1)}`).map(({ ended }) => ended)).toEqual([true, false])
  expect(splitRules(`${bare} // ${bare}`).map(({ ended }) => ended)).toEqual([true])
})

test('brackets count outside of strings and comments only', () => {
  const depthOf = (text: string): number => bracketDepth(splitRules(text)[0]?.tokens ?? [])
  expect(depthOf('permit (a [b {c}]);')).toBe(3)
  expect(depthOf('permit ("([{" // ((((\n);')).toBe(1)
})

const gap = fc.constantFrom(' ', '\n', '\r\n', '\t', ' // a "comment"; with } and {\n', '//\n', '//\r ')
const literal = fc.constantFrom(
  '"a"',
  '";"',
  '"}"',
  '"\\""',
  '"// no"',
  '"\\\\"',
  '"two\nlines"',
  '"é\\u{1F512}"',
  '"permit(principal,action,resource);"',
)
const condition = fc.oneof(
  fc.tuple(literal, gap, literal).map(([left, space, right]) => `${left}${space}==${space}${right}`),
  literal.map((text) => `[${text}].contains(${text})`),
  literal.map((text) => `{"a": ${text}}.a like ${text}`),
  literal.map((text) => `(if ${text} == ${text} then true else false)`),
)
const rule = fc
  .tuple(fc.array(literal, { maxLength: 1 }), fc.constantFrom('permit', 'forbid'), fc.array(condition, { maxLength: 3 }), gap)
  .map(([notes, effect, conditions, space]) => {
    const clauses = conditions.map((text, index) => `${space}${index % 2 === 0 ? 'when' : 'unless'}${space}{${space}${text}${space}}`)
    return `${notes.map((text) => `@description(${text})${space}`).join('')}${effect}${space}(principal,${space}action, resource)${clauses.join('')}${space};`
  })
const policy = fc
  .array(
    fc.tuple(gap, rule, gap).map((parts) => parts.join('')),
    { maxLength: 5 },
  )
  .map((rules) => rules.join(''))
/** Anything that could put the two lexers out of step. */
const soup = fc
  .array(fc.oneof(gap, literal, rule, fc.constantFrom('"', '\\', '/', '//', ';', '}', '{', '(', 'permit', '@id("x")', '@', '\\"', bare)), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))

function meanings(texts: readonly string[]): readonly string[] {
  return texts.map((text) => JSON.stringify(policyToJson(text))).sort()
}

describe('Cedar itself sees', () => {
  test('the same rules, as many and with the same meaning', () => {
    fc.assert(
      fc.property(policy, (text) => {
        const whole = policySetTextToParts(text)
        expect(whole.type).toBe('success')
        const parts = whole.type === 'success' ? whole.policies : []
        expect(meanings(splitRules(text).map((piece) => piece.text))).toEqual(meanings(parts))
      }),
      { numRuns: 500 },
    )
  })

  test('a text as whole exactly when each of its pieces is a rule', () => {
    let valid = 0
    fc.assert(
      fc.property(soup, (text) => {
        const pieces = splitRules(text)
        const areRules = pieces.every(({ ended, text: piece }) => ended && policyToJson(piece).type === 'success')
        const whole = policySetTextToParts(text)
        if (whole.type === 'success') valid += 1
        expect(areRules).toBe(whole.type === 'success' && whole.policy_templates.length === 0)
      }),
      { numRuns: 2000 },
    )
    expect(valid).toBeGreaterThan(50)
  })
})
