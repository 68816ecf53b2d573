import type { SubjectId } from '../log/ids.ts'

/** A person who may answer and order: proved by a key that no process started by a run can read. */
export interface Operator {
  /** Ed25519, base64url of the 32 raw bytes. */
  readonly publicKey: string
  readonly roles: readonly string[]
}

export type Operators = ReadonlyMap<SubjectId, Operator>
