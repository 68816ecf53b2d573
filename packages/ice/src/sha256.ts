import { hash } from 'node:crypto'
import type { Sha256 } from '@ice-runtime/kernel'

const digestBytes = 32

/** Asked for bytes, the platform makes a buffer of its own for each digest, which costs more than hashing does. */
export const sha256: Sha256 = (bytes, into) => {
  const text = hash('sha256', bytes, 'binary')
  const digest = into ?? new Uint8Array(digestBytes)
  for (let index = 0; index < digestBytes; index += 1) digest[index] = text.charCodeAt(index)
  return digest
}
