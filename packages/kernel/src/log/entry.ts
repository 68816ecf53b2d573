import type { Digest, EntryId, Position, Seq, StreamId } from './ids.ts'

/** Who caused an entry to exist. Which origin may emit which type is part of the taxonomy. */
export type Origin = 'agent' | 'host' | 'import' | 'operator' | 'runtime'

/** A bare number is a `seq` of the same stream; an id names an entry of another stream. */
export type Cause = Seq | EntryId

/** What the stored bytes say. What is already a column (stream, seq, previous) is not repeated here. */
export interface EntryBody<Type extends string = string, Payload = unknown> {
  readonly type: Type
  /** Version of the payload's shape, from 1. */
  readonly v: number
  readonly origin: Origin
  /** Milliseconds since the epoch, never smaller than the stream's previous entry. */
  readonly at: number
  readonly causes: readonly Cause[]
  readonly payload: Payload
}

/** An entry of a known place, decoded: what folds consume. */
export interface Entry<Type extends string = string, Payload = unknown> extends EntryBody<Type, Payload> {
  readonly stream: StreamId
  readonly seq: Seq
}

/** What a store keeps and never rewrites. `hash` covers `bytes`, the place and `previous` (see `seal`). */
export interface SealedEntry {
  readonly stream: StreamId
  readonly seq: Seq
  /** Hash of the stream's entry before, or of the stream's genesis. 32 bytes. */
  readonly previous: Uint8Array
  readonly hash: Uint8Array
  /** Canonical JSON of the body, UTF-8. */
  readonly bytes: Uint8Array
}

export interface StoredEntry extends SealedEntry {
  readonly position: Position
}

/** Where a stream ends. */
export interface StreamHead {
  readonly stream: StreamId
  /** 0 for a stream without entries. */
  readonly seq: Seq
  readonly hash: Uint8Array
  /** `at` of the last entry, 0 for a stream without entries. */
  readonly at: number
}

/**
 * SHA-256, handed in so that the kernel stays free of platform code. Must be synchronous and return 32 bytes: those of `into`, if it
 * writes there, for a caller that hashes on at once and keeps nothing.
 */
export type Sha256 = (bytes: Uint8Array, into?: Uint8Array) => Uint8Array

/** A field about a person, encrypted under the subject's key, which is kept outside the log so that it can be destroyed. */
export interface EncryptedField {
  readonly subject: string
  readonly algorithm: 'aes-256-gcm'
  /** base64url, 12 bytes. */
  readonly nonce: string
  /** base64url, ciphertext followed by the 16-byte tag. */
  readonly data: string
}

/** Content kept beside the log. `digest` is of the bytes. */
export interface BlobRef {
  readonly blob: Digest
  readonly sizeBytes: number
}
