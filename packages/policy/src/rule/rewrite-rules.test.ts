import { expect, test } from 'vitest'
import { readRules } from './read-rules.ts'
import { rewriteRules, withoutRule } from './rewrite-rules.ts'

const text = `// permit (principal, action, resource);
permit (principal, action, resource);

@description("Not; here.") // a ; in a comment
forbid (principal, action, resource)
when { context.class == "a;b" };
permit (principal, action, resource);
`
const bundle = {
  files: [
    { name: 'a.cedar', text },
    { name: 'b.cedar', text },
  ],
}
const idsOf = (rule: string): readonly string[] => readRules(withoutRule(bundle, rule)).rules.map(({ id }) => id)

test('one rule is left out, whatever its strings and comments hold, and every other keeps its place', () => {
  expect(idsOf('a.cedar:4')).toEqual(['a.cedar:2', 'a.cedar:7', 'b.cedar:2', 'b.cedar:4', 'b.cedar:7'])
  expect(idsOf('b.cedar:7')).toEqual(['a.cedar:2', 'a.cedar:4', 'a.cedar:7', 'b.cedar:2', 'b.cedar:4'])
})

test('a rule that is not there leaves the policy as it is', () => {
  expect(withoutRule(bundle, 'a.cedar:1')).toEqual(bundle)
  expect(withoutRule(bundle, 'c.cedar:2')).toEqual(bundle)
})

test('several rules are rewritten at once, each found where it stood', () => {
  const longer = rewriteRules(bundle, ({ id, text: rule }) =>
    id.startsWith('a.cedar') ? `${rule.slice(0, -1)}\nunless { context.atOnce };` : rule,
  )
  expect(readRules(longer).findings).toEqual([])
  expect(longer.files.map((file) => file.text.split('unless { context.atOnce };').length - 1)).toEqual([3, 0])
  expect(rewriteRules(bundle, (rule) => rule.text)).toEqual(bundle)
})
