import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/** The simplest durable steps a careful person would write: two chained rows a step, and nothing else. */
export interface HashChain extends Disposable {
  /** One step of each of `runs` runs in one transaction, durable on return. */
  round(runs: number): void
  /** Reads everything back: every row is hashed again, compared and parsed. Returns the number of rows; throws on a difference. */
  replay(): number
}

const genesis = new Uint8Array(32)

/** `result` is what every step comes to; both rows of a step are written with keys in order, so that their bytes are canonical. */
export function openHashChain(path: string, result: string): HashChain {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)')
  const insert = database.prepare('INSERT INTO row (hash, body) VALUES (?, ?)')
  const select = database.prepare('SELECT id, hash, body FROM row ORDER BY id')
  let previous: Uint8Array = genesis
  let step = 0

  const write = (body: object): void => {
    const bytes = Buffer.from(JSON.stringify(body))
    previous = hash('sha256', Buffer.concat([previous, bytes]), 'buffer')
    insert.run(previous, bytes)
  }

  return {
    round(runs) {
      database.exec('BEGIN IMMEDIATE')
      for (let run = 0; run < runs; run += 1) {
        step += 1
        write({ action: 'bench.ask', args: { step }, at: Date.now(), run: `run_${run}`, type: 'intent' })
        write({ at: Date.now(), result, run: `run_${run}`, type: 'result' })
      }
      database.exec('COMMIT')
    },
    replay() {
      let expected: Uint8Array = genesis
      let count = 0
      for (const row of select.iterate()) {
        const bytes = row['body'] as Uint8Array
        expected = hash('sha256', Buffer.concat([expected, bytes]), 'buffer')
        if (!Buffer.from(expected).equals(row['hash'] as Uint8Array)) throw new Error(`row ${String(row['id'])} is not what was written`)
        JSON.parse(Buffer.from(bytes).toString('utf8'))
        count += 1
      }
      return count
    },
    [Symbol.dispose]: () => database.close(),
  }
}
