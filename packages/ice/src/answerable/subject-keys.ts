import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { IceError, parseSubjectId } from '@ice-runtime/kernel'
import type { EncryptedField, SubjectId } from '@ice-runtime/kernel'

/**
 * The keys that personal fields are encrypted under, one a subject, kept outside the log: destroying a key erases what the log says
 * about its subject, without changing a byte of it.
 */
export interface SubjectKeys {
  encrypt(subject: SubjectId, text: string): EncryptedField
  /** Undefined when the key has been destroyed. Throws `integrity.broken` when the field is not what was encrypted. */
  decrypt(field: EncryptedField): string | undefined
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Keys as files of one line below `directory`, readable by their owner alone, durable before they are first used. */
export function openSubjectKeys(directory: string): SubjectKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const known = new Map<SubjectId, Buffer>()
  const keyOf = (subject: SubjectId, make: boolean): Buffer | undefined => {
    const cached = known.get(subject)
    if (cached !== undefined) return cached
    const file = join(directory, `${subject}.key`)
    if (!existsSync(file) && !make) return undefined
    const key = existsSync(file) ? readKey(file) : writeKey(file)
    known.set(subject, key)
    return key
  }
  return {
    encrypt: (subject, text) => {
      const key = keyOf(subject, true)
      if (key === undefined) throw new IceError('invariant.violated', 'a key that was asked for was made')
      return encrypt(subject, text, key)
    },
    decrypt: (field) => {
      const key = keyOf(parseSubjectId(field.subject), false)
      return key === undefined ? undefined : decrypt(field, key)
    },
  }
}

function readKey(file: string): Buffer {
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
  if (key.length !== keyBytes) throw new IceError('data.unreadable', `${file} holds no key of ${keyBytes} bytes`)
  return key
}

function writeKey(file: string): Buffer {
  const key = randomBytes(keyBytes)
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeSync(descriptor, `${key.toString('base64url')}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return key
}

function encrypt(subject: SubjectId, text: string, key: Buffer): EncryptedField {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(subject))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { subject, algorithm: 'aes-256-gcm', nonce: nonce.toString('base64url'), data: data.toString('base64url') }
}

function decrypt(field: EncryptedField, key: Buffer): string {
  const data = Buffer.from(field.data, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(field.nonce, 'base64url'))
    decipher.setAAD(Buffer.from(field.subject))
    decipher.setAuthTag(data.subarray(-tagBytes))
    return Buffer.concat([decipher.update(data.subarray(0, -tagBytes)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new IceError('integrity.broken', `a field about ${field.subject} is not what was encrypted`, { cause })
  }
}
