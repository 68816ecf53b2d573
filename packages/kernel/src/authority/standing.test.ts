import { describe, expect, test } from 'vitest'
import { digestOf, policyContract, tellingContext } from '@ice-runtime/conformance'
import { builtinPolicy, describeBuiltinRule } from './builtin-policy.ts'
import type { PolicyRequest } from './policy-port.ts'
import { evolveSystem, initialSystem } from './system.ts'

const { sha256 } = tellingContext
const request: PolicyRequest = {
  principal: { agent: 'a', namespace: 'default', person: 'sub_0000000golden' },
  action: 'http.request',
  resources: ['url:https://example.org/a'],
  class: 'keyed',
  egress: undefined,
  cost: {},
  labels: 'trusted/public',
  facts: {},
  atOnce: false,
}

policyContract('the built-in policy', {
  open: () => builtinPolicy(sha256, ['http.request']),
  requests: [
    request,
    { ...request, atOnce: true },
    { ...request, atOnce: true, action: 'mail.send' },
    { ...request, facts: { secretShaped: true } },
  ],
})

describe('the built-in policy', () => {
  test('only narrows: what is granted and not forbidden is allowed', () => {
    expect(builtinPolicy(sha256).evaluate(request)).toEqual({ effect: 'allow', rules: ['builtin:granted'] })
  })

  test('forbids what is shaped like a secret, and every rule it names can be told', () => {
    const answer = builtinPolicy(sha256).evaluate({ ...request, facts: { secretShaped: true }, atOnce: true })
    expect(answer).toEqual({ effect: 'forbid', rules: ['builtin:secret-shaped', 'builtin:at-once'] })
    expect(answer.effect === 'forbid' && answer.rules.map(describeBuiltinRule)).toEqual([expect.any(String), expect.any(String)])
    expect(describeBuiltinRule('a.cedar:1')).toBeUndefined()
  })

  test('allows an effect at once only to actions named for it', () => {
    const policy = builtinPolicy(sha256, ['http.request'])
    expect(policy.evaluate({ ...request, atOnce: true }).effect).toBe('allow')
    expect(policy.evaluate({ ...request, atOnce: true, action: 'mail.send' })).toEqual({ effect: 'forbid', rules: ['builtin:at-once'] })
  })

  test('has a digest that changes with what it allows, and not with the order it is said in', () => {
    const digest = (...atOnce: string[]) => builtinPolicy(sha256, atOnce).digest
    expect(digest('a.b', 'c.d')).toBe(digest('c.d', 'a.b'))
    expect(new Set([digest(), digest('a.b'), digest('a.b', 'c.d')]).size).toBe(3)
  })
})

describe('what the system stream says', () => {
  const by = 'sub_0000000golden'
  const after = (...entries: { readonly type: string; readonly payload: unknown }[]) => entries.reduce(evolveSystem, initialSystem)

  test('is the policy adopted last', () => {
    const adopted = (name: string) => ({ type: 'PolicyAdopted', payload: { policy: digestOf(name), by } })
    expect(after(adopted('one'), adopted('two')).policy).toBe(digestOf('two'))
  })

  test('is a lockdown of all until it is lifted, apart from those of single agents', () => {
    const set = (on: boolean, agent?: string) => ({
      type: 'LockdownSet',
      payload: { on, reason: '', by, ...(agent === undefined ? {} : { agent }) },
    })
    expect(after(set(true), set(true, 'a'), set(false))).toMatchObject({ lockdown: false, lockedAgents: new Set(['a']) })
    expect(after(set(true, 'a'), set(true), set(false, 'a'))).toMatchObject({ lockdown: true, lockedAgents: new Set() })
  })

  test('is every grant revoked, for ever, and nothing else moves it', () => {
    const revoked = { type: 'CapabilityRevoked', payload: { grant: 'run_0000000golden#2', reason: '' } }
    expect(after(revoked).revoked).toEqual(new Set(['run_0000000golden#2']))
    expect(after({ type: 'CheckpointSigned', payload: {} })).toBe(initialSystem)
  })
})
