import { createHash } from 'node:crypto'
import type { FactDeclarations, PolicyAnswer, PolicyEngine, PolicyRequest, Sha256 } from '@ice-runtime/kernel'
import { openCedarPolicy } from '../src/engine/open-cedar-policy.ts'
import type { PolicyAction } from '../src/cedar/schema.ts'

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()

const pathFacts: FactDeclarations = {
  path: { type: 'string' },
  secretShaped: { type: 'boolean' },
  digest: { type: 'string', optional: true },
}

/** A small catalog with a fact of every type, a group inside a group, and an action without facts. */
export const actions: readonly PolicyAction[] = [
  { action: 'files.read', facts: pathFacts },
  { action: 'files.write', facts: { ...pathFacts, newSizeBytes: { type: 'integer' } } },
  { action: 'files.move', facts: { ...pathFacts, to: { type: 'string' } } },
  { action: 'ledger.wire', facts: { account: { type: 'string' }, amountMicro: { type: 'integer' } } },
  {
    action: 'net.reach',
    facts: {
      address: { type: 'ip' },
      rate: { type: 'decimal', optional: true },
      tags: { type: 'strings' },
      bodyKind: { type: 'string' },
      bodySizeBytes: { type: 'integer' },
      bodyDigest: { type: 'string' },
    },
  },
  { action: 'mcp.github.read_issue', facts: {} },
  { action: 'time.now', facts: {} },
]

export function policy(text: string, more: { readonly [name: string]: string } = {}): PolicyEngine {
  const files = Object.entries({ 'main.cedar': text, ...more }).map(([name, content]) => ({ name, text: content }))
  return openCedarPolicy({ bundle: { files }, actions, sha256 })
}

export function reading(path: string, change: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    principal: { agent: 'scribe', namespace: 'default', person: 'ada' },
    action: 'files.read',
    resources: [`file:${path}`],
    class: 'observe',
    egress: undefined,
    cost: {},
    labels: 'trusted/public',
    facts: { path, secretShaped: false },
    atOnce: false,
    ...change,
  }
}

export function answer(text: string, request: PolicyRequest): PolicyAnswer {
  return policy(text).evaluate(request)
}

export const read = 'action == Ice::Action::"files.read"'
