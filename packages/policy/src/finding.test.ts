import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findingCodes } from './finding.ts'
import * as limits from './limits.ts'

const page = readFileSync(new URL('../../../docs/reference/policy.md', import.meta.url), 'utf8')

test('the reference explains every finding there is, and no other', () => {
  const findings = page.slice(page.indexOf('## Findings'), page.indexOf('## Tests'))
  expect([...findings.matchAll(/^\| `([a-z_.]+)` \|/gm)].map(([, code]) => code)).toEqual([...findingCodes])
})

test('the reference names the bounds that are held', () => {
  const { maxPolicyFiles, maxPolicyBytes, maxRules, maxRuleChars, maxBracketDepth, maxExpressionDepth, maxResources, maxApprovals } = limits
  expect(page).toContain(`${maxPolicyFiles}, ${maxPolicyBytes / 1024} KiB, ${maxRules}`)
  expect(page).toContain(`${maxRuleChars} characters, ${maxBracketDepth} brackets and ${maxExpressionDepth} operators`)
  expect(page).toContain(`| Resources of one action | ${maxResources} |`)
  expect(page).toContain(`1 to ${maxApprovals}.`)
})
