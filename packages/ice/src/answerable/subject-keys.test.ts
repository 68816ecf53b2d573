import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSubjectId } from '@ice-runtime/kernel'
import type { EncryptedField } from '@ice-runtime/kernel'
import { openSubjectKeys } from './subject-keys.ts'

let place: string
let directory: string
const subject = parseSubjectId('sub_0123456789ab')
const other = parseSubjectId('sub_ba9876543210')

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ice-keys-'))
  directory = join(place, 'keys')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test.each(['Ada Lovelace', '', 'Ünïcödé 🗝', 'x'.repeat(10_000)])('what was encrypted is read again, also by another process', (text) => {
  const field = openSubjectKeys(directory).encrypt(subject, text)
  expect(openSubjectKeys(directory).decrypt(field)).toBe(text)
})

test('a field shows neither its text nor that it was said before', () => {
  const keys = openSubjectKeys(directory)
  const [first, second] = [keys.encrypt(subject, 'Ada Lovelace'), keys.encrypt(subject, 'Ada Lovelace')]
  expect(JSON.stringify(first)).not.toContain('Ada')
  expect(Buffer.from(first.data, 'base64url').includes('Ada')).toBe(false)
  expect(first.data).not.toBe(second.data)
})

test('each subject has a key of its own', () => {
  const keys = openSubjectKeys(directory)
  const field = keys.encrypt(subject, 'Ada')
  keys.encrypt(other, 'Bea')
  expect(readdirSync(directory).sort()).toEqual([`${subject}.key`, `${other}.key`].sort())
  expect(() => keys.decrypt({ ...field, subject: other })).toThrow(expect.objectContaining({ code: 'integrity.broken' }))
})

test('a field is bound to its subject, even where two have one key', () => {
  const field = openSubjectKeys(directory).encrypt(subject, 'Ada')
  copyFileSync(join(directory, `${subject}.key`), join(directory, `${other}.key`))
  expect(() => openSubjectKeys(directory).decrypt({ ...field, subject: other })).toThrow(
    expect.objectContaining({ code: 'integrity.broken' }),
  )
})

test('after its key is destroyed a field is unreadable, which is no fault', () => {
  const field = openSubjectKeys(directory).encrypt(subject, 'Ada')
  rmSync(join(directory, `${subject}.key`))
  expect(openSubjectKeys(directory).decrypt(field)).toBeUndefined()
  expect(readdirSync(directory)).toEqual([])
})

test.each([
  ['data', (field: EncryptedField) => ({ ...field, data: flipped(field.data) })],
  ['nonce', (field: EncryptedField) => ({ ...field, nonce: flipped(field.nonce) })],
  ['length', (field: EncryptedField) => ({ ...field, data: '' })],
] as const)('a field with another %s is integrity.broken', (_what, tamper) => {
  const keys = openSubjectKeys(directory)
  const field = keys.encrypt(subject, 'Ada')
  expect(() => keys.decrypt(tamper(field))).toThrow(expect.objectContaining({ code: 'integrity.broken' }))
})

test('keys are their owner’s alone', () => {
  openSubjectKeys(directory).encrypt(subject, 'Ada')
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(statSync(join(directory, `${subject}.key`)).mode & 0o777).toBe(0o600)
})

test('a damaged key is said to be one, and never replaced', () => {
  openSubjectKeys(directory).encrypt(subject, 'Ada')
  const file = join(directory, `${subject}.key`)
  writeFileSync(file, 'short\n')
  expect(() => openSubjectKeys(directory).encrypt(subject, 'Ada')).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  expect(readFileSync(file, 'utf8')).toBe('short\n')
})

function flipped(text: string): string {
  const bytes = Buffer.from(text, 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return bytes.toString('base64url')
}
