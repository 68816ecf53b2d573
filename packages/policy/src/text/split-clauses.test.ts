import { expect, test } from 'vitest'
import { splitClauses } from './split-clauses.ts'
import { splitRules } from './split-rules.ts'

function conditions(text: string): readonly string[] {
  const [rule] = splitRules(text)
  return rule === undefined ? [] : splitClauses(rule.text, rule.tokens).conditions.map((condition) => condition.text)
}

test.each<[string, readonly string[]]>([
  ['permit (principal, action, resource);', []],
  [
    '@id("permit (") permit (principal == A::"a, b", action in [B::"c", B::"d"], resource);',
    ['principal == A::"a, b"', 'action in [B::"c", B::"d"]'],
  ],
  ['permit (principal, action, resource) when { a && b == "x && y" && (c && d) };', ['a', 'b == "x && y"', '(c && d)']],
  ['permit (principal, action, resource) when { a && b || c };', ['a && b || c']],
  ['permit (principal, action, resource) when { if a then b else c && d };', ['if a then b else c && d']],
  ['permit (principal, action, resource) unless { a || b && c };', ['unless a', 'unless b && c']],
  ['permit (principal, action, resource) unless { a && b };', ['unless a && b']],
  [
    'permit (principal, action, resource) when { a // why && how\n && b } unless { [c].contains(d) };',
    ['a', 'b', 'unless [c].contains(d)'],
  ],
])('%s', (text, expected) => {
  expect(conditions(text)).toEqual(expected)
})
