import { digestFromBytes, IceError, maxBlobBytes } from '@ice-runtime/kernel'
import type { Digest, Sha256 } from '@ice-runtime/kernel'

/** Hands the bytes on if they are what the digest names. Throws `blob.missing`, `blob.corrupt`. */
export function checkBlob(digest: Digest, bytes: Uint8Array | undefined, sha256: Sha256): Uint8Array {
  if (bytes === undefined) throw new IceError('blob.missing', `no blob ${digest}`)
  const found = digestFromBytes(sha256(bytes))
  if (found !== digest) throw new IceError('blob.corrupt', `the bytes kept as blob ${digest} have the digest ${found}`)
  return bytes
}

/** Throws `limit.exceeded` for content that is too large to keep. */
export function assertBlobSize(bytes: Uint8Array): void {
  if (bytes.length <= maxBlobBytes) return
  throw new IceError('limit.exceeded', `a blob of ${bytes.length} bytes is larger than ${maxBlobBytes}`)
}

/** Bytes of their own. Not `slice`, which for a Buffer is a window on the same bytes. */
export function copied(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes)
}
