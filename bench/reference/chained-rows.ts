import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/** Rows in one table of SQLite, each hashed over the one before it: durable, provable, and nothing else. */
export interface ChainedRows extends Disposable {
  append(body: object): void
  /** What is appended within is one transaction, durable on return. */
  durably(write: () => void): void
  /** Reads everything back: every row is hashed again, compared and parsed. Returns the number of rows; throws on a difference. */
  replay(): number
}

const genesis = new Uint8Array(32)

/** `node:sqlite`, WAL, `synchronous=FULL`, no second index, one statement. A body whose keys are in order has canonical bytes. */
export function openChainedRows(path: string): ChainedRows {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)')
  const insert = database.prepare('INSERT INTO row (hash, body) VALUES (?, ?)')
  const select = database.prepare('SELECT id, hash, body FROM row ORDER BY id')
  let previous: Uint8Array = genesis
  return {
    append(body) {
      const bytes = Buffer.from(JSON.stringify(body))
      previous = hash('sha256', Buffer.concat([previous, bytes]), 'buffer')
      insert.run(previous, bytes)
    },
    durably(write) {
      database.exec('BEGIN IMMEDIATE')
      write()
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
