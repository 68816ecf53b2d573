import { describe, expect, test } from 'vitest'
import { ada, bea, digestOf, publicKeyOf, toldRequest } from '@ice-runtime/conformance'
import { evolveSystem, initialSystem } from '../../authority/system.ts'
import type { IceEntry } from '../taxonomy.ts'
import { brokenSystemLaw } from './system-laws.ts'

const by = ada.subject
const adopted = (policy: string, previous?: string): object => ({
  type: 'PolicyAdopted',
  payload: { policy: digestOf(policy), by, ...(previous === undefined ? {} : { previous: digestOf(previous) }) },
})
const added = (who: typeof ada, key = publicKeyOf(who.key)): object => ({
  type: 'OperatorAdded',
  payload: { subject: who.subject, name: toldRequest.principal.name, publicKey: key, roles: who.roles, by },
})
const removed = (who: typeof ada): object => ({ type: 'OperatorRemoved', payload: { subject: who.subject, reason: '', by } })
const revoked: object = { type: 'CapabilityRevoked', payload: { grant: 'run_0000000golden#2', reason: '' } }

/** The law broken by the last of these entries; those before it are believed. */
function lawBrokenBy(...said: readonly object[]): string | undefined {
  const entries = said.map((entry, index) => ({ stream: 'system', seq: index + 1, ...entry }) as IceEntry)
  const system = entries.slice(0, -1).reduce(evolveSystem, initialSystem)
  const last = entries.at(-1)
  return last === undefined ? undefined : brokenSystemLaw(system, last)?.law
}

describe('system.policy_line', () => {
  test('lets a policy follow the one it names', () => {
    expect(lawBrokenBy(adopted('one'))).toBeUndefined()
    expect(lawBrokenBy(adopted('one'), adopted('two', 'one'))).toBeUndefined()
  })

  test('is broken by one that names another, none, or itself', () => {
    expect(lawBrokenBy(adopted('one', 'zero'))).toBe('system.policy_line')
    expect(lawBrokenBy(adopted('one'), adopted('two'))).toBe('system.policy_line')
    expect(lawBrokenBy(adopted('one'), adopted('one', 'one'))).toBe('system.policy_line')
  })
})

describe('system.operators', () => {
  test('lets operators come and go', () => {
    expect(lawBrokenBy(added(ada), added(bea))).toBeUndefined()
    expect(lawBrokenBy(added(ada), removed(ada), added(ada, publicKeyOf(bea.key)))).toBeUndefined()
  })

  test('is broken by one that is there, by a key that is taken or none, and by the removal of nobody', () => {
    expect(lawBrokenBy(added(ada), added(ada, publicKeyOf(bea.key)))).toBe('system.operators')
    expect(lawBrokenBy(added(ada), added(bea, publicKeyOf(ada.key)))).toBe('system.operators')
    expect(lawBrokenBy(added(ada, 'short'))).toBe('system.operators')
    expect(lawBrokenBy(removed(ada))).toBe('system.operators')
  })
})

test('system.revoked_once is broken by a grant that is revoked again', () => {
  expect(lawBrokenBy(revoked)).toBeUndefined()
  expect(lawBrokenBy(revoked, revoked)).toBe('system.revoked_once')
})

test('system.hosts is broken by a grant that cannot be checked', () => {
  const configured = (actions: readonly string[]): object => ({
    type: 'HostConfigured',
    payload: { host: 'codex', observe: false, grants: [{ ...toldRequest.grants[0], actions }], by },
  })
  expect(lawBrokenBy(configured(['files.*']))).toBeUndefined()
  expect(lawBrokenBy(configured(['files.*']), configured(['*']))).toBe('system.hosts')
})
