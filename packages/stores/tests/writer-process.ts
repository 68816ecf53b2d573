import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { IceError, parseLogId, parseRunId, seal } from '@ice-runtime/kernel'
import type { Store } from '@ice-runtime/kernel'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'

// A process that owns a log and appends to it, a blob and an entry at a time, until it has done so `count` times, is killed or
// a write breaks. It prints one line for each fact: `open`, `appended SEQ BLOB` once an entry is durable, `unknown SEQ BLOB`,
// `healthy BOOLEAN` after that, or the code of a fault.

const { values } = parseArgs({
  options: {
    directory: { type: 'string', default: '' },
    'payload-bytes': { type: 'string', default: '100' },
    'blob-bytes': { type: 'string', default: '20' },
    count: { type: 'string', default: 'Infinity' },
    unsafe: { type: 'boolean', default: false },
    thread: { type: 'boolean', default: false },
    leave: { type: 'boolean', default: false },
  },
})
const context = { logId: parseLogId('log_0123456789ab'), sha256: (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer') }
const stream = parseRunId('run_aaaaaaaaaaaa')

/** Straight to the file descriptor: a line that is printed has left the process, whatever happens next. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function open(): Store {
  const unsafe = values.unsafe ? ({ unsafeSynchronous: 'OFF' } as const) : {}
  const thread = values.thread || values.leave ? { threadFromEntries: 0 } : {}
  return openSqliteStore({ directory: values.directory, ...context, views: [], ...unsafe, ...thread })
}

/** Queues one urgent and one lazy entry and comes to its end without waiting for them, or closing. */
function leave(): void {
  const { log } = open()
  let head = log.head(stream)
  for (const urgency of ['now', 'lazy'] as const) {
    const body = { type: 'Noted', v: 1, origin: 'runtime', at: head.at + 1, causes: [], payload: {} } as const
    const sealed = seal(body, head, context)
    void log.append({ expects: [], entries: [{ sealed, entry: { ...body, stream, seq: sealed.seq } }], urgency })
    head = { stream, seq: sealed.seq, hash: sealed.hash, at: body.at }
  }
}

async function write(): Promise<void> {
  await using store = open()
  say('open')
  let head = store.log.head(stream)
  for (let done = 0; done < Number(values.count); done += 1) {
    const { blob } = store.blobs.put(Buffer.alloc(Number(values['blob-bytes']), `content for ${head.seq + 1}; `))
    const payload = { blob, text: 'x'.repeat(Number(values['payload-bytes'])) }
    const body = { type: 'Noted', v: 1, origin: 'runtime', at: head.at + 1, causes: [], payload } as const
    const sealed = seal(body, head, context)
    const entries = [{ sealed, entry: { ...body, stream, seq: sealed.seq } }]
    const { outcome } = await store.log.append({ expects: [{ stream, seq: head.seq }], entries, urgency: 'now' })
    say(`${outcome} ${sealed.seq} ${blob}`)
    if (outcome !== 'appended') return say(`healthy ${store.healthy}`)
    head = { stream, seq: sealed.seq, hash: sealed.hash, at: body.at }
  }
}

try {
  if (values.leave) leave()
  else await write()
} catch (fault) {
  if (!(fault instanceof IceError)) throw fault
  say(fault.code)
}
