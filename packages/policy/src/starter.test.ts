import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { modelDriver, randomDriver, timeDriver, fileDrivers } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { sha256 } from '../tests/fixture.ts'
import { policyCoverage } from './cases/coverage.ts'
import { runPolicyTests } from './cases/run-policy-tests.ts'
import type { PolicyAction } from './cedar/schema.ts'
import { checkPolicy } from './check/check-policy.ts'
import { starterNames, starterPolicy } from './starter.ts'

using root = openRoot(tmpdir())
/** What a runtime has today, as its drivers declare it. */
const catalog: readonly PolicyAction[] = [
  ...fileDrivers({ root }),
  modelDriver({ providers: {} }),
  randomDriver({ randomBytes: (count) => new Uint8Array(count) }),
  timeDriver(),
]
/** And with an action that leaves the machine. */
const wide: readonly PolicyAction[] = [...catalog, { action: 'http.request', facts: {} }]

describe.each(starterNames)('the starter policy %s', (name) => {
  const { policy, test: tests, sentence } = starterPolicy(name)
  const bundle = { files: [policy] }

  test('has no error, and no warning where all its actions are there', () => {
    expect(sentence).not.toBe('')
    expect(checkPolicy({ bundle, actions: catalog }).filter(({ severity }) => severity === 'error')).toEqual([])
    expect(checkPolicy({ bundle, actions: wide }).filter(({ severity }) => severity !== 'note')).toEqual([])
  })

  test('passes its tests, which skip only what this runtime lacks', () => {
    const results = runPolicyTests({ bundle, actions: wide, sha256, tests: [tests] })
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    const today = runPolicyTests({ bundle, actions: catalog, sha256, tests: [tests] })
    expect(today.filter(({ status }) => status === 'failed')).toEqual([])
    expect(today.filter(({ status }) => status === 'skipped').every(({ message }) => message === 'no action is named http.request')).toBe(
      true,
    )
  })

  test('has no rule that its tests do not reach, and none that decides nothing in them', () => {
    const coverage = policyCoverage({ bundle, actions: wide, sha256, tests: [tests], recorded: [] })
    expect(coverage.filter(({ tests: reached, decisive }) => reached === 0 || decisive === 0)).toEqual([])
  })

  test('says of every rule what it is for', () => {
    expect(policy.text.match(/^@id/gm)).toHaveLength(policy.text.match(/^(?:permit|forbid) /gm)?.length ?? -1)
    expect(policy.text.match(/^@description/gm)).toHaveLength(policy.text.match(/^@id/gm)?.length ?? -1)
  })
})
