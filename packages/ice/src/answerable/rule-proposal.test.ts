import { expect, test } from 'vitest'
import { catalogBytes, digestFromBytes } from '@ice-runtime/kernel'
import type { BlobReader, Digest, PolicyRequest } from '@ice-runtime/kernel'
import { openCedarPolicy, policyBundle, policyBytes } from '@ice-runtime/policy'
import { sha256 } from '@ice-runtime/stores/sqlite'
import { proposeRule } from './rule-proposal.ts'

const facts = { path: { type: 'string' } } as const
const actions = [{ action: 'files.write', version: 1, argsSchema: {}, facts }]
const text = `permit (principal, action, resource);

@approval("1 of ops")
forbid (principal, action == Ice::Action::"files.write", resource)
when { context.facts.path like "out/*" };
`
const bundle = policyBundle([{ name: 'main.cedar', text }])
const request: PolicyRequest = {
  principal: { agent: 'writer', namespace: 'default', person: 'sub_0123456789ab' },
  action: 'files.write',
  resources: ['file:out/report.md'],
  class: 'staged',
  egress: undefined,
  cost: {},
  labels: 'trusted/public',
  facts: { path: 'out/report.md' },
  atOnce: false,
}

function blobsOf(...contents: readonly Uint8Array[]): BlobReader & { readonly digests: readonly Digest[] } {
  const kept = new Map(contents.map((bytes) => [digestFromBytes(sha256(bytes)), bytes]))
  const get = (digest: Digest): Uint8Array => kept.get(digest) ?? new Uint8Array()
  return { get, has: (digest) => kept.has(digest), digests: [...kept.keys()] }
}

const blobs = blobsOf(policyBytes(bundle), catalogBytes(actions))
const [policy = '' as Digest, catalog = '' as Digest] = blobs.digests

function askingRules(): readonly string[] {
  const answer = openCedarPolicy({ bundle, actions, sha256 }).evaluate(request)
  if (answer.effect !== 'oblige') throw new Error(`the policy says ${answer.effect}`)
  return answer.rules
}

test('what asks is excepted and the least permit added, which together are evaluated to allow the request', () => {
  const proposal = proposeRule(blobs, { policy, catalog }, { from: 'run_0123456789ab#9', request, rules: askingRules() })
  expect(proposal).toMatchObject({ confirmed: true, testCase: { expect: 'allow' } })
  expect(proposal?.rule).toContain('permit (')
  expect(proposal?.exception).toContain('resource == Ice::Resource::"file:out/report.md"')
  const [asking] = text.split('"out/*" };')
  const mended = `${asking}"out/*" } ${proposal?.exception ?? ''};\n\n${proposal?.rule ?? ''}`
  const files = [{ name: 'main.cedar', text: mended }]
  const engine = openCedarPolicy({ bundle: policyBundle(files), actions, sha256 })
  expect(engine.evaluate(request)).toMatchObject({ effect: 'allow' })
  expect(engine.evaluate({ ...request, resources: ['file:out/other.md'], facts: { path: 'out/other.md' } })).toMatchObject({
    effect: 'oblige',
  })
})

test('without the policy a rule is proposed and confirmed by nothing; without the actions none is', () => {
  const asked = { from: 'run_0123456789ab#9', request, rules: ['engine:1'] }
  expect(proposeRule(blobsOf(catalogBytes(actions)), { policy, catalog }, asked)).toMatchObject({ confirmed: false })
  expect(proposeRule(blobsOf(), { policy, catalog }, asked)).toBeUndefined()
  expect(proposeRule(blobs, undefined, asked)).toBeUndefined()
})
