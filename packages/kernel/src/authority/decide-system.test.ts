import { describe, expect, test } from 'vitest'
import { ada, bea, digestOf, publicKeyOf, tellingContext, toldRequest } from '@ice-runtime/conformance'
import { entryId, parseRunId, parseSubjectId } from '../log/ids.ts'
import { emptyHead } from '../log/seal.ts'
import { recordSystem } from '../run/record-system.ts'
import type { SystemTip } from '../run/record-system.ts'
import { decideSystem, maxHostGrants, maxHosts, maxLockedAgents, maxOperators, maxRoles } from './decide-system.ts'
import type { SystemOrder } from './decide-system.ts'
import { initialSystem } from './system.ts'

const by = ada.subject
const { name } = toldRequest.principal
const start: SystemTip = { system: initialSystem, head: emptyHead('system', tellingContext) }
const adopt = (policy: string): SystemOrder => ({ type: 'AdoptPolicy', policy: digestOf(policy), by })
const add = ({ subject, key, roles }: Pick<typeof ada, 'subject' | 'key' | 'roles'>): Extract<SystemOrder, { type: 'AddOperator' }> => ({
  type: 'AddOperator',
  subject,
  name,
  publicKey: publicKeyOf(key),
  roles,
  by,
})
const lock = (on: boolean, agent?: string): SystemOrder => ({
  type: 'SetLockdown',
  on,
  reason: 'it went wrong',
  by,
  ...(agent === undefined ? {} : { agent }),
})
const configure = (given: object): Extract<SystemOrder, { type: 'ConfigureHost' }> => ({
  type: 'ConfigureHost',
  host: 'claude-code',
  observe: false,
  by,
  ...given,
})
const revoke: SystemOrder = { type: 'RevokeSystemGrant', grant: entryId(parseRunId('run_0000000golden'), 2), reason: 'left' }
const remove: SystemOrder = { type: 'RemoveOperator', subject: ada.subject, reason: 'left', by }

/** What the system is after these orders, each of which must have been taken, decided and sealed. */
function after(...orders: readonly SystemOrder[]): SystemTip {
  return orders.reduce((tip, order) => {
    const decision = decideSystem({ ...order, at: 1 }, tip.system)
    if (!decision.ok) throw new Error(`${order.type} was not taken: ${decision.code}`)
    return recordSystem(tip, { event: decision.event, at: 1 }, tellingContext).tip
  }, start)
}

function answerTo(order: SystemOrder, ...before: readonly SystemOrder[]): string {
  const decision = decideSystem({ ...order, at: 1 }, after(...before).system)
  return decision.ok ? decision.event.type : decision.code
}

describe('an order about standing authority', () => {
  test('that is taken is one event, which the fold shows', () => {
    const { system, head } = after(adopt('one'), add(ada), lock(true), lock(true, 'teller'), revoke)
    expect(system).toMatchObject({ policy: digestOf('one'), lockdown: true, lockedAgents: new Set(['teller']) })
    expect([...system.operators.keys()]).toEqual([ada.subject])
    expect(head.seq).toBe(5)
  })

  test('to adopt names the policy before it, and is not taken for the one in force', () => {
    expect(answerTo(adopt('one'), adopt('one'))).toBe('policy.already_adopted')
    const decision = decideSystem({ ...adopt('two'), at: 1 }, after(adopt('one')).system)
    expect(decision).toMatchObject({ ok: true, event: { payload: { policy: digestOf('two'), previous: digestOf('one') } } })
  })

  test('to add is not taken for who is there, for a key that another has, and for a key that is none', () => {
    expect(answerTo(add(ada), add(ada))).toBe('operator.known')
    expect(answerTo({ ...add(bea), publicKey: publicKeyOf(ada.key) }, add(ada))).toBe('operator.key_taken')
    for (const publicKey of ['', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}B`, `${'A'.repeat(42)}=`, `${'A'.repeat(42)}+`])
      expect(answerTo({ ...add(ada), publicKey })).toBe('operator.key_malformed')
  })

  test('to add asks for one to so many roles, each a word, each once', () => {
    const roles = (...given: readonly string[]): string => answerTo({ ...add(ada), roles: given })
    expect(roles('ops', 'legal-2')).toBe('OperatorAdded')
    for (const given of [[], ['Ops'], ['o p'], ['ops', 'ops'], [''], ['2ops'], ['x'.repeat(33)]])
      expect(roles(...given)).toBe('operator.roles')
    expect(roles(...Array.from({ length: maxRoles }, (_, index) => `r${index}`))).toBe('OperatorAdded')
    expect(roles(...Array.from({ length: maxRoles + 1 }, (_, index) => `r${index}`))).toBe('operator.roles')
  })

  test('to add is not taken beyond so many operators, and is again once one has left', () => {
    const many = Array.from({ length: maxOperators }, (_, index) => {
      const digits = String(index).padStart(12, '0')
      const publicKey = Buffer.alloc(32, index % 256).toString('base64url')
      return { ...add(ada), subject: parseSubjectId(`sub_${digits}`), publicKey }
    })
    const full = after(...many).system
    const decision = decideSystem({ ...add(ada), at: 1 }, full)
    expect(decision).toMatchObject({ ok: false, code: 'operator.too_many' })
    const left = { ...full, operators: new Map([...full.operators].slice(1)) }
    expect(decideSystem({ ...add(ada), at: 1 }, left).ok).toBe(true)
  })

  test('to remove is taken for an operator alone, who can then be added again with another key', () => {
    expect(answerTo(remove)).toBe('operator.unknown')
    expect(after(add(ada), remove).system.operators.size).toBe(0)
    expect(answerTo({ ...add(ada), publicKey: publicKeyOf(bea.key) }, add(ada), remove)).toBe('OperatorAdded')
  })

  test('to lock down is always taken, to lift it only where it is on', () => {
    expect(answerTo(lock(true), lock(true))).toBe('LockdownSet')
    expect(answerTo(lock(false))).toBe('lockdown.not_on')
    expect(answerTo(lock(false, 'teller'), lock(true))).toBe('lockdown.not_on')
    expect(after(lock(true), lock(false)).system.lockdown).toBe(false)
  })

  test('to lock down single agents is bounded', () => {
    const lockedAgents = new Set(Array.from({ length: maxLockedAgents }, (_, index) => `agent ${index}`))
    const full = { ...initialSystem, lockedAgents }
    expect(decideSystem({ ...lock(true, 'one more'), at: 1 }, full)).toMatchObject({ ok: false, code: 'lockdown.too_many' })
    expect(decideSystem({ ...lock(true, 'agent 0'), at: 1 }, full).ok).toBe(true)
    expect(decideSystem({ ...lock(true), at: 1 }, full).ok).toBe(true)
  })

  test('to revoke is taken once', () => {
    expect(answerTo(revoke, revoke)).toBe('grant.already_revoked')
  })

  test('to configure a host is taken again and again, and the last one holds', () => {
    const grants = [{ ...toldRequest.grants[0], egress: ['mcp:**'] }] as Extract<SystemOrder, { type: 'ConfigureHost' }>['grants']
    const { hosts } = after(configure({ observe: true }), configure({ observe: false, grants })).system
    expect([...hosts]).toEqual([['claude-code', { observe: false, grants }]])
    expect([...after(configure({ observe: true })).system.hosts]).toEqual([['claude-code', { observe: true }]])
  })

  test('to configure a host is bounded, and gives what can be checked', () => {
    const terms = { ...toldRequest.grants[0], actions: ['*'] } as never
    expect(answerTo(configure({ grants: [terms] }))).toBe('host.grants')
    const many = Array.from({ length: maxHostGrants + 1 }, () => toldRequest.grants[0] as never)
    expect(answerTo(configure({ grants: many }))).toBe('host.grants')
    const full = { ...initialSystem, hosts: new Map(Array.from({ length: maxHosts }, (_, index) => [`host ${index}`, { observe: false }])) }
    expect(decideSystem({ ...configure({}), at: 1 }, full)).toMatchObject({ ok: false, code: 'host.too_many' })
    expect(decideSystem({ ...configure({}), host: 'host 0', at: 1 }, full).ok).toBe(true)
  })
})
