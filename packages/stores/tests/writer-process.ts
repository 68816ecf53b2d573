import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { emptyHead, IceError, parseLogId, parseRunId, seal } from '@ice-runtime/kernel'
import type { Appending, SealContext } from '@ice-runtime/kernel'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'

// A process that owns a log and appends to it until it is killed or a write breaks. It prints one line for each fact:
// `open`, `appended SEQ BLOB` once an entry is durable, `unknown`, or the code of a fault.

const [directory = '', payloadBytes = '0'] = process.argv.slice(2)
const context: SealContext = { logId: parseLogId('log_0123456789ab'), sha256: (bytes) => hash('sha256', bytes, 'buffer') }
const stream = parseRunId('run_aaaaaaaaaaaa')

/** Straight to the file descriptor: a line that is printed has left the process, whatever happens next. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

try {
  const store = openSqliteStore({ directory, ...context, views: [] })
  say('open')
  let head = store.log.head(stream)
  if (head.seq === 0) head = emptyHead(stream, { ...context, logId: store.log.logId })
  for (;;) {
    const { blob } = store.blobs.put(Buffer.from(`content for ${head.seq + 1}`))
    const body = {
      type: 'Noted',
      v: 1,
      origin: 'runtime',
      at: head.at + 1,
      causes: [],
      payload: { blob, text: 'x'.repeat(Number(payloadBytes)) },
    } as const
    const sealed = seal(body, head, { ...context, logId: store.log.logId })
    const appending: Appending = { sealed, entry: { ...body, stream, seq: sealed.seq } }
    const { outcome } = await store.log.append({ expects: [{ stream, seq: head.seq }], entries: [appending], urgency: 'now' })
    head = { stream, seq: sealed.seq, hash: sealed.hash, at: body.at }
    say(`${outcome} ${sealed.seq} ${blob}`)
    if (outcome === 'appended') continue
    say(`healthy ${store.healthy}`)
    await store.close()
    break
  }
} catch (fault) {
  if (!(fault instanceof IceError)) throw fault
  say(fault.code)
}
