import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parseSubjectId } from '@ice-runtime/kernel'
import type { Operators, Proofs, SubjectId } from '@ice-runtime/kernel'

/** Somebody with a key. The keys are fixed, so that what is told is the same each time. */
export interface ToldOperator {
  readonly subject: SubjectId
  readonly roles: readonly string[]
  readonly key: KeyObject
}

export const ada: ToldOperator = { subject: parseSubjectId('sub_00000000000ada'), roles: ['ops'], key: fixedKey(1) }
export const bea: ToldOperator = { subject: parseSubjectId('sub_00000000000bea'), roles: ['ops', 'legal'], key: fixedKey(2) }
export const cay: ToldOperator = { subject: parseSubjectId('sub_00000000000cay'), roles: ['legal'], key: fixedKey(3) }

export function operatorsOf(...told: readonly ToldOperator[]): Operators {
  return new Map(told.map(({ subject, roles, key }) => [subject, { publicKey: publicKeyOf(key), roles }]))
}

/** Ed25519 as the platform does it: signatures in told histories are real. */
export const verifies: Proofs['verifies'] = ({ publicKey, text, signature }) => {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'jwk' }).x ?? ''
}

/** RFC 8410: the fixed head of an Ed25519 private key, and 32 bytes that are the same each time. */
function fixedKey(byte: number): KeyObject {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([head, Buffer.alloc(32, byte)]), format: 'der', type: 'pkcs8' })
}
