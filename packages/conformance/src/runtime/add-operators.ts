import { emptyHead, seal, systemStream, taxonomy } from '@ice-runtime/kernel'
import type { Appending, EntryBody, Sha256, Store, StreamHead } from '@ice-runtime/kernel'
import { toldRequest } from '../kernel/run-world.ts'
import { publicKeyOf } from '../kernel/told-operators.ts'
import type { ToldOperator } from '../kernel/told-operators.ts'

/** Records operators in a log that has no standing yet, before a runtime is opened over it. */
export async function addOperators(store: Store, operators: readonly ToldOperator[], sha256: Sha256): Promise<void> {
  const { log } = store
  const context = { logId: log.logId, sha256 }
  const { seq } = log.head(systemStream)
  if (seq > 0 || operators.length === 0) return
  let head: StreamHead = emptyHead(systemStream, context)
  const entries = operators.map(({ subject, roles, key }): Appending => {
    const { name } = toldRequest.principal
    const payload = { subject, name, publicKey: publicKeyOf(key), roles, by: subject }
    const body: EntryBody = { type: 'OperatorAdded', v: taxonomy.OperatorAdded.v, origin: 'operator', at: 1, causes: [], payload }
    const sealed = seal(body, head, context)
    head = { stream: systemStream, seq: sealed.seq, hash: sealed.hash, at: body.at }
    return { sealed, entry: { ...body, stream: systemStream, seq: sealed.seq } }
  })
  await log.append({ expects: [{ stream: systemStream, seq: 0 }], entries, urgency: 'now' })
}
