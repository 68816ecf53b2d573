import { publicKeyOf, toldRequest } from '@ice-runtime/conformance'
import type { ToldOperator } from '@ice-runtime/conformance'
import { seal, systemStream, taxonomy } from '@ice-runtime/kernel'
import type { NewEvent, Store } from '@ice-runtime/kernel'
import { sha256 } from './fixture.ts'

/** Names operators in the log before a case begins. */
export async function keepOperators(store: Store, operators: readonly ToldOperator[]): Promise<void> {
  for (const { subject, roles, key } of operators) {
    const { name, subject: by } = toldRequest.principal
    const payload = { subject, name, publicKey: publicKeyOf(key), roles, by }
    const event: NewEvent = { type: 'OperatorAdded', origin: 'operator', causes: [], payload }
    const head = store.log.head(systemStream)
    const body = { ...event, v: taxonomy.OperatorAdded.v, at: Math.max(head.at, 1) }
    const sealed = seal(body, head, { logId: store.log.logId, sha256 })
    const entry = { ...body, stream: systemStream, seq: sealed.seq } as const
    await store.log.append({ expects: [{ stream: systemStream, seq: head.seq }], entries: [{ sealed, entry }], urgency: 'now' })
  }
}
