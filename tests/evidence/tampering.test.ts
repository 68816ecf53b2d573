import { closeSync, openSync, writeSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { functionAgent } from '@ice-runtime/agents'
import { createIce, openIceReader, sha256 } from '@ice-runtime/ice'
import { verifyStore } from '@ice-runtime/runtime'
import type { VerifyReport } from '@ice-runtime/runtime'

/** A log as a real runtime leaves it, and a copy of it for each crime. */
let home: string
let data: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ice-tampering-'))
  data = join(home, 'data')
  const agent = functionAgent({
    name: 'clerk',
    version: '1',
    requests: [],
    run: async (_input, { propose }) => ({ at: await propose('time.now'), more: await propose('time.now') }),
  })
  await using ice = await createIce({ workspace: null, data })
  const runs = [await ice.run(agent, { allow: ['time.now'] }), await ice.run(agent, { allow: ['time.now'] })]
  for (const run of runs) if ((await run.done).outcome !== 'committed') throw new Error(`${run.id} was to commit`)
})

afterAll(() => rm(home, { recursive: true, force: true }))

interface Row {
  readonly position: number
  readonly stream: number
  readonly seq: number
  readonly body: Uint8Array
}

async function verifyAfter(
  crime: (database: DatabaseSync) => void,
  crimeOnFile: (file: string) => void = () => undefined,
): Promise<VerifyReport> {
  const copy = await mkdtemp(join(home, 'copy-'))
  await cp(data, copy, { recursive: true })
  const database = new DatabaseSync(join(copy, 'log.sqlite'))
  crime(database)
  database.close()
  crimeOnFile(join(copy, 'log.sqlite'))
  const reader = openIceReader(copy)
  try {
    return verifyStore(reader, sha256)
  } finally {
    await reader.close()
    await rm(copy, { recursive: true, force: true })
  }
}

function rows(database: DatabaseSync): readonly Row[] {
  return database.prepare('SELECT position, stream, seq, body FROM entry ORDER BY position').all() as unknown as readonly Row[]
}

function rowAt(database: DatabaseSync, index: number): Row {
  const row = rows(database).at(index)
  if (row === undefined) throw new Error(`the log has no entry number ${index}`)
  return row
}

/** Where the first problem was found. */
function firstPlace(report: VerifyReport): number | undefined {
  return report.problems[0]?.position
}

function isSound(report: VerifyReport): boolean {
  const { problems, violations, blobs, store, unknown } = report
  return [problems, violations, blobs, store, unknown].every((found) => found.length === 0)
}

describe('a log that was tampered with', () => {
  test('is sound before anybody touches it', async () => {
    const report = await verifyAfter(() => undefined)
    expect(isSound(report)).toBe(true)
    expect(report.entryCount).toBeGreaterThan(20)
  })

  test('shows every changed byte of an entry, at its place', async () => {
    const target = 7
    const { length } = await lengthOf(target)
    const missed: number[] = []
    for (let offset = 0; offset < length; offset += 1) {
      const report = await verifyAfter((database) => {
        const row = rowAt(database, target)
        const body = Uint8Array.from(row.body)
        body[offset] = (body[offset] ?? 0) ^ 1
        database.prepare('UPDATE entry SET body = ? WHERE position = ?').run(body, row.position)
      })
      if (firstPlace(report) !== target + 1) missed.push(offset)
    }
    expect(missed).toEqual([])
  })

  test('shows a changed byte in each of its entries', async () => {
    const count = await countEntries()
    const missed: number[] = []
    for (let index = 0; index < count; index += 1) {
      const report = await verifyAfter((database) => {
        const row = rowAt(database, index)
        const body = Uint8Array.from(row.body)
        const middle = Math.floor(body.length / 2)
        body[middle] = (body[middle] ?? 0) ^ 0x20
        database.prepare('UPDATE entry SET body = ? WHERE position = ?').run(body, row.position)
      })
      if (firstPlace(report) !== index + 1) missed.push(index)
    }
    expect(missed).toEqual([])
  })

  test('shows a changed hash', async () => {
    const report = await verifyAfter((database) => {
      database.prepare('UPDATE entry SET hash = ? WHERE position = 5').run(new Uint8Array(32))
    })
    expect(firstPlace(report)).toBe(5)
  })

  test('shows each entry that was deleted, also when the numbers were closed up behind it', async () => {
    const count = await countEntries()
    const missed: number[] = []
    for (let index = 0; index < count - 1; index += 1) {
      const report = await verifyAfter((database) => closeGap(database, rowAt(database, index)))
      if (isSound(report)) missed.push(index)
    }
    expect(missed).toEqual([])
  })

  test('shows that the last entry is gone, because the tree remembers its size', async () => {
    const report = await verifyAfter((database) => {
      database.prepare('DELETE FROM entry WHERE position = ?').run(rowAt(database, -1).position)
    })
    expect(isSound(report)).toBe(false)
  })

  test('shows two entries that were swapped', async () => {
    const report = await verifyAfter((database) => swapContent(database, rowAt(database, 3), rowAt(database, 4)))
    expect(firstPlace(report)).toBe(4)
  })

  test('shows an entry that was inserted as a copy of another', async () => {
    const report = await verifyAfter((database) => {
      database.exec('UPDATE entry SET position = -(position + 1), seq = -(seq + 1) WHERE position > 6')
      database.exec('UPDATE entry SET position = -position WHERE position < 0')
      const stream = rowAt(database, 5).stream
      database.exec(`UPDATE entry SET seq = CASE WHEN stream = ${stream} THEN -seq ELSE -seq - 1 END WHERE seq < 0`)
      database.exec(`INSERT INTO entry SELECT 7, stream, seq + 1, hash, body FROM entry WHERE position = 6`)
    })
    expect(firstPlace(report)).toBe(7)
  })

  test('shows an entry that was copied from one stream to another', async () => {
    const report = await verifyAfter((database) => {
      const [first, second] = streamsOf(database)
      const source = rows(database).find((row) => row.stream === first && row.seq === 7)
      database
        .prepare('UPDATE entry SET body = ?, hash = (SELECT hash FROM entry WHERE stream = ? AND seq = 7) WHERE stream = ? AND seq = 7')
        .run(source?.body ?? new Uint8Array(0), first ?? 0, second ?? 0)
    })
    expect(report.problems.length).toBeGreaterThan(0)
    expect(report.problems[0]).toMatchObject({ seq: 7 })
  })

  test('shows a stream that was given the name of another', async () => {
    const report = await verifyAfter((database) => {
      database.exec("UPDATE stream SET name = 'run_00000000000000000000' WHERE id = (SELECT max(id) FROM stream)")
    })
    expect(report.problems[0]).toMatchObject({ seq: 1 })
  })

  test('reports damage outside the entries in the store’s own words, and none of the entries', async () => {
    let page = 0
    const report = await verifyAfter(
      (database) => {
        page = Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'view_row'").get()?.['rootpage'])
      },
      (file) => overwrite(file, (page - 1) * pageBytes, 8),
    )
    expect(report.store.length).toBeGreaterThan(0)
    expect(report.problems).toEqual([])
  })
})

/** What SQLite uses unless told otherwise. */
const pageBytes = 4096

function overwrite(file: string, offset: number, count: number): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(count, 0xff), 0, count, offset)
  closeSync(descriptor)
}

async function lengthOf(index: number): Promise<{ readonly length: number }> {
  let length = 0
  await verifyAfter((database) => {
    length = rowAt(database, index).body.length
  })
  expect(length).toBeGreaterThan(50)
  return { length }
}

async function countEntries(): Promise<number> {
  return (await verifyAfter(() => undefined)).entryCount
}

function closeGap(database: DatabaseSync, gone: Row): void {
  database.prepare('DELETE FROM entry WHERE position = ?').run(gone.position)
  // Through negative numbers, so that no step meets a number that is taken.
  database.prepare('UPDATE entry SET position = -(position - 1) WHERE position > ?').run(gone.position)
  database.exec('UPDATE entry SET position = -position WHERE position < 0')
  database.prepare('UPDATE entry SET seq = -(seq - 1) WHERE stream = ? AND seq > ?').run(gone.stream, gone.seq)
  database.exec('UPDATE entry SET seq = -seq WHERE seq < 0')
}

function swapContent(database: DatabaseSync, left: Row, right: Row): void {
  const content = database.prepare('SELECT hash, body FROM entry WHERE position = ?')
  const put = database.prepare('UPDATE entry SET hash = ?, body = ? WHERE position = ?')
  const [leftContent, rightContent] = [content.get(left.position), content.get(right.position)]
  put.run(rightContent?.['hash'] ?? null, rightContent?.['body'] ?? null, left.position)
  put.run(leftContent?.['hash'] ?? null, leftContent?.['body'] ?? null, right.position)
}

function streamsOf(database: DatabaseSync): readonly number[] {
  return [...new Set(rows(database).map((row) => row.stream))]
}
