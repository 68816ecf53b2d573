import type { EncryptedField } from '../log/entry.ts'
import type { SubjectId } from '../log/ids.ts'

/** Who answers for a run and all its children: a person or a service, never an agent. */
export interface Principal {
  readonly subject: SubjectId
  readonly kind: 'person' | 'service'
  /** How the runtime knows: `os-user`, `operator-key`, `embedding`. */
  readonly authenticated: string
  readonly namespace: string
  readonly name: EncryptedField
}
