import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { IceError } from '@ice-runtime/kernel'
import type { Proofs } from '@ice-runtime/kernel'

/** What proves that an operator said something: the public half is in the log, the private one where no run can read it. */
export interface SigningKey {
  /** base64url of the 32 raw bytes. */
  readonly publicKey: string
  /** base64url of the 64-byte Ed25519 signature. */
  sign(text: string): string
  /** PKCS #8 in PEM. */
  readonly pem: string
}

export function generateSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey)
}

/** Throws `data.unreadable` for what is no Ed25519 private key. */
export function readSigningKey(pem: string): SigningKey {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return signingKeyOf(key)
  } catch (cause) {
    throw new IceError('data.unreadable', 'this is no private key', { cause })
  }
  throw new IceError('data.unreadable', 'this is no Ed25519 key')
}

function signingKeyOf(key: KeyObject): SigningKey {
  return {
    publicKey: createPublicKey(key).export({ format: 'jwk' }).x ?? '',
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64url'),
    pem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

/** True only for a signature of the key over the text; what cannot be read proves nothing. */
export const verifies: Proofs['verifies'] = ({ publicKey, text, signature }) => {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
