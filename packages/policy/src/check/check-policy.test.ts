import { describe, expect, test } from 'vitest'
import { actions, policy, read } from '../../tests/fixture.ts'
import { maxPolicyBytes, maxPolicyFiles, maxRules } from '../limits.ts'
import { placeOf } from '../finding.ts'
import type { Finding, FindingCode, Severity } from '../finding.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { checkPolicy } from './check-policy.ts'

function check(text: string, name = 'main.cedar'): readonly Finding[] {
  return checkPolicy({ bundle: { files: [{ name, text }] }, actions }).filter(({ severity }) => severity !== 'note')
}

const bare = 'permit (principal, action, resource)'
const bareForbid = 'forbid (principal, action, resource)'

describe('each finding has its line, its code and its weight', () => {
  test.each<[string, FindingCode, Severity, number, string]>([
    ['a misspelt annotation', 'annotation.unknown', 'error', 2, `// so\n@aproval("2 of ops")\n${bareForbid};`],
    ['an annotation of another case', 'annotation.unknown', 'error', 1, `@Approval("2 of ops") ${bareForbid};`],
    ['an annotation named like a prototype', 'annotation.unknown', 'error', 1, `@__proto__("x") ${bare};`],
    ['an annotation named like a method', 'annotation.unknown', 'error', 1, `@constructor("x") ${bare};`],
    ['an approval on a permit', 'annotation.misplaced', 'error', 1, `@approval("2 of ops") ${bare};`],
    ['a waiver on a forbid', 'annotation.misplaced', 'error', 1, `@waive("price_unknown") ${bareForbid};`],
    ['an annotation twice', 'rule.malformed', 'error', 2, `@approval("1 of ops")\n@approval("1 of ops") ${bareForbid};`],
    ['an approval of nobody', 'annotation.malformed', 'error', 1, `@approval ${bareForbid};`],
    ['an approval by none', 'annotation.malformed', 'error', 1, `@approval("0 of ops") ${bareForbid};`],
    ['an approval by a crowd', 'annotation.malformed', 'error', 1, `@approval("17 of ops") ${bareForbid};`],
    ['an approval with more to say', 'annotation.malformed', 'error', 1, `@approval("2 of ops, not ada") ${bareForbid};`],
    ['a waiver nobody knows', 'annotation.malformed', 'error', 1, `@waive("everything") ${bare};`],
    ['a name taken', 'rule.name_taken', 'error', 2, `@id("a") ${bare};\n@id("a") ${bareForbid};`],
    ['a name that is none', 'annotation.malformed', 'error', 1, `@id("a b") ${bare};`],
    ['a description of nothing', 'annotation.malformed', 'error', 1, `@description(" ") ${bare};`],
    ['a rule that does not parse', 'rule.malformed', 'error', 3, `${bare};\npermit (principal,\n  acton, resource);`],
    ['a rule without an end', 'rule.malformed', 'error', 2, `${bare};\n${bare}`],
    ['a template', 'rule.malformed', 'error', 1, 'permit (principal == ?principal, action, resource);'],
    ['two rules on a line', 'rule.shared_line', 'error', 1, `${bare}; ${bare};`],
    ['a hidden character', 'text.unprintable', 'error', 2, `${bare};\n// \u202e\n`],
    ['an unknown fact', 'rule.type', 'error', 2, `permit (principal, ${read}, resource) when {\n  context.facts.pth == "a" };`],
    ['a fact that may be absent', 'rule.type', 'error', 1, `permit (principal, ${read}, resource) when { context.facts.digest == "a" };`],
    ['a fact of another action', 'rule.type', 'error', 1, `${bare} when { context.facts.path == "a" };`],
    ['a comparison of two types', 'rule.type', 'error', 1, `${bare} when { context.class == 1 };`],
    ['a type of entity there is not', 'rule.type', 'error', 1, 'permit (principal == Agent::"a", action, resource);'],
    [
      'a forbid on a misspelt action',
      'rule.unknown_action',
      'error',
      1,
      'forbid (principal, action == Ice::Action::"files.raed", resource);',
    ],
    ['a misspelt action in a condition', 'rule.unknown_action', 'error', 1, `${bareForbid} when { action == Ice::Action::"files.raed" };`],
    ['a rule that no request satisfies', 'rule.never_matches', 'warning', 1, `${bare} when { context.class == "a" && false };`],
    ['a rule on a group as an action', 'rule.never_matches', 'warning', 1, 'permit (principal, action == Ice::Action::"files", resource);'],
    [
      'a name in two scripts',
      'rule.suspicious',
      'warning',
      1,
      `permit (principal, ${read}, resource) when { context.facts.path == "\u0430dmin" };`,
    ],
    ['no rule at all', 'policy.empty', 'warning', 0, '// nothing yet\n'],
  ])('%s', (_what, code, severity, line, text) => {
    expect(check(text)).toContainEqual(expect.objectContaining({ code, severity, line }))
  })

  test('and a good policy has none', () => {
    expect(
      check(
        `@id("all")\n@description("Everything.")\n${bare};\n@approval("1 of ops, not requester") ${bareForbid} when { context.atOnce };`,
      ),
    ).toEqual([])
  })
})

test('an area that the catalog lacks is a warning with the nearest name', () => {
  expect(check('forbid (principal, action == Ice::Action::"file.read", resource);')).toMatchObject([
    { code: 'rule.unknown_action', severity: 'warning', hint: 'did you mean files.read?' },
    { code: 'rule.never_matches' },
  ])
})

test('each of many actions is looked at that a rule could tell from the others', () => {
  const tools = Array.from({ length: 50 }, (_, index) => ({ action: `tools.t${index}`, facts: { path: { type: 'string' } } as const }))
  const odd = { action: 'tools.odd', facts: { path: { type: 'integer' } } as const }
  const found = (...more: readonly PolicyAction[]): readonly Finding[] =>
    checkPolicy({
      bundle: { files: [{ name: 'a.cedar', text: `${bare} when { context.facts.path like "a" };` }] },
      actions: [...tools, ...more],
    })
  expect(found()).toEqual([])
  expect(found(odd)).toMatchObject([{ code: 'rule.type', severity: 'error' }])
  const name = 'permit (principal, action == Ice::Action::"tools.t49", resource) when { context.facts.count == 1 };'
  expect(checkPolicy({ bundle: { files: [{ name: 'a.cedar', text: name }] }, actions: tools })).toMatchObject([{ code: 'rule.type' }])
})

test('every error is found, not the first alone, and those of types beside those of texts', () => {
  const text = `@x("") ${bare};\npermit (principal);\npermit (principal, ${read}, resource) when { context.facts.pth == "a" };`
  expect(check(text).map(placeOf)).toEqual(['main.cedar:1', 'main.cedar:2', 'main.cedar:3'])
})

test('arguments that a rule sees by kind, size and digest only are noted', () => {
  const findings = checkPolicy({ bundle: { files: [{ name: 'a.cedar', text: `${bare};` }] }, actions })
  expect(findings).toEqual([expect.objectContaining({ code: 'fact.content_only', message: expect.stringContaining('body of net.reach') })])
})

describe('bounds', () => {
  test.each<[string, string]>([
    ['brackets', `${bare} when { ${'('.repeat(17)}true${')'.repeat(17)} };`],
    ['a chain of operators', `${bare} when { ${Array.from({ length: 110 }, () => 'context.atOnce').join(' && ')} };`],
    ['sums', `${bare} when { 1${'+1'.repeat(1900)} == 1 };`],
    ['accesses', `${bare} when { context${'.a'.repeat(1900)} };`],
    ['clauses', `${bare} ${'when { true } '.repeat(110)};`],
    ['conditionals', `${bare} when { ${'if true then true else '.repeat(170)}true };`],
    ['nested conditionals', `${bare} when { ${'if true then '.repeat(170)}true${' else true'.repeat(170)} };`],
    ['negations', `${bare} when { ${'!(!('.repeat(8)}true${'))'.repeat(8)} && 1${' + 1'.repeat(100)} == 1 };`],
    ['length', `${bare} when { context.class == "${'x'.repeat(4100)}" };`],
  ])('on %s keep Cedar from a text that would exhaust it', (_what, text) => {
    expect(check(text)).toMatchObject([{ code: 'rule.too_complex', line: 1 }])
    expect(check(`${bare};`)).toEqual([])
  })

  test.each<[string, string]>([
    ['brackets', `${bare} when { ${'('.repeat(14)}context.atOnce${')'.repeat(14)} };`],
    ['operators', `${bare} when { ${Array.from({ length: 90 }, () => 'context.atOnce').join(' && ')} };`],
    ['a set', `${bare} when { [${Array.from({ length: 200 }, (_, index) => `"dir/file-${index}"`).join(', ')}].contains(context.class) };`],
  ])('on %s are wide enough for what people write', (_what, text) => {
    expect(check(text)).toEqual([])
    expect(policy(text).evaluate).toBeTypeOf('function')
  })

  test('on files, bytes and rules', () => {
    const files = (count: number, text: string): readonly { readonly name: string; readonly text: string }[] =>
      Array.from({ length: count }, (_, index) => ({ name: `f${index}.cedar`, text }))
    const tooLarge = [expect.objectContaining({ code: 'policy.too_large', severity: 'error' })]
    const found = (bundle: ReturnType<typeof files>): readonly Finding[] => checkPolicy({ bundle: { files: bundle }, actions: [] })
    expect(found(files(maxPolicyFiles + 1, ''))).toEqual(tooLarge)
    expect(found(files(1, `//${'x'.repeat(maxPolicyBytes)}`))).toEqual(tooLarge)
    expect(found(files(1, `${bare};\n`.repeat(maxRules + 1)))).toEqual(tooLarge)
  })

  test.each(['', 'a b.cedar', '../a.cedar', '/a.cedar', 'a/../b', '.cedar', 'a:1', 'x'.repeat(129), 'ä.cedar'])(
    'on names of files: %j is none',
    (name) => {
      expect(check(`${bare};`, name)).toMatchObject([{ code: 'file.malformed_name' }])
    },
  )

  test('on names of files: one name is one file', () => {
    const twice = [
      { name: 'a.cedar', text: '' },
      { name: 'a.cedar', text: `${bare};` },
    ]
    expect(checkPolicy({ bundle: { files: twice }, actions: [] })).toContainEqual(expect.objectContaining({ code: 'file.repeated' }))
  })
})
