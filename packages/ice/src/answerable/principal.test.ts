import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { currentUser, principalOf } from './principal.ts'
import type { Answerable } from './principal.ts'
import { openSubjectKeys } from './subject-keys.ts'
import type { SubjectKeys } from './subject-keys.ts'

let directory: string
let keys: SubjectKeys
const ada: Answerable = { name: 'Ada Lovelace', kind: 'person', authenticated: 'sso', namespace: 'example' }

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ice-principal-'))
  keys = openSubjectKeys(directory)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('who answers is recorded with the name in no readable form', () => {
  const principal = principalOf(ada, keys)
  expect(JSON.stringify(principal)).not.toContain('Ada')
  expect(principal).toMatchObject({ kind: 'person', authenticated: 'sso', namespace: 'example', name: { subject: principal.subject } })
  expect(keys.decrypt(principal.name)).toBe('Ada Lovelace')
})

test('the same person is the same subject, in every process', () => {
  expect(principalOf({ ...ada, authenticated: 'password' }, openSubjectKeys(directory)).subject).toBe(principalOf(ada, keys).subject)
})

test('another name, kind or namespace is another subject', () => {
  const others: readonly Answerable[] = [ada, { ...ada, name: 'Ada' }, { ...ada, kind: 'service' }, { ...ada, namespace: 'other' }]
  expect(new Set(others.map((who) => principalOf(who, keys).subject)).size).toBe(others.length)
})

test('a namespace that is not said is the default one', () => {
  const { namespace: _namespace, ...rest } = ada
  expect(principalOf(rest, keys).namespace).toBe('default')
})

test('the user of this process is whom the operating system says', () => {
  expect(currentUser()).toEqual({ name: userInfo().username, kind: 'person', authenticated: 'os-user', namespace: hostname() })
})
