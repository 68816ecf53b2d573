import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSubjectId } from '@ice-runtime/kernel'
import { verifies } from './ed25519.ts'
import { makeOperatorKey, operatorKeyDirectory, operatorKeyFile, readOperatorKey } from './operator-keys.ts'

let place: string
let file: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ice-operators-'))
  file = operatorKeyFile(join(place, 'operators'), parseSubjectId('sub_0123456789ab'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('a key that was made is read again, and what it signs is verified by its public half', () => {
  const made = makeOperatorKey(file)
  const read = readOperatorKey(file)
  expect(read?.publicKey).toBe(made.publicKey)
  const signature = read?.sign('yes') ?? ''
  expect(verifies({ publicKey: made.publicKey, text: 'yes', signature })).toBe(true)
  expect(verifies({ publicKey: made.publicKey, text: 'no', signature })).toBe(false)
})

test('a key and its directory are their owner’s alone', () => {
  makeOperatorKey(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(place, 'operators')).mode & 0o777).toBe(0o700)
})

test('a key is never made over another one', () => {
  const { publicKey } = makeOperatorKey(file)
  expect(() => makeOperatorKey(file)).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  expect(readOperatorKey(file)?.publicKey).toBe(publicKey)
})

test('a key that others can read is not read', () => {
  makeOperatorKey(file)
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(file, mode)
    expect(() => readOperatorKey(file)).toThrow(expect.objectContaining({ code: 'data.unreadable', hint: `chmod 600 ${file}` }))
  }
})

test('no file is no key; another file is a fault', () => {
  expect(readOperatorKey(file)).toBeUndefined()
  expect(existsSync(file)).toBe(false)
  mkdirSync(join(place, 'operators'))
  writeFileSync(file, 'no key', { mode: 0o600 })
  expect(() => readOperatorKey(file)).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  expect(() => readOperatorKey(join(place, 'operators'))).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
})

test('keys are below the user’s configuration', () => {
  expect(operatorKeyDirectory({ XDG_CONFIG_HOME: '/etc/x' })).toBe('/etc/x/ice/operators')
  expect(operatorKeyDirectory({})).toBe(join(homedir(), '.config', 'ice', 'operators'))
})
