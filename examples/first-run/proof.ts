import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openIceReader, sha256 } from '@ice-runtime/ice'
import { verifyStore } from '@ice-runtime/ice/record'
import type { VerifyReport } from '@ice-runtime/ice/record'
import { entryId, splitEntryId } from '@ice-runtime/kernel'
import type { EntryId } from '@ice-runtime/kernel'

/** True when a verification found nothing at all. */
export function isSound(report: VerifyReport): boolean {
  const { problems, violations, blobs, unknown, store, omittedCount } = report
  return problems.length + violations.length + blobs.length + unknown.length + store.length + omittedCount === 0
}

/** Verifies a data directory as a stranger would, reading it only. */
export async function verifyData(data: string): Promise<VerifyReport> {
  await using store = openIceReader(data)
  return verifyStore(store, sha256)
}

/** Entries that a verification names as damaged. */
export function namedEntries(report: VerifyReport): readonly EntryId[] {
  return report.problems.flatMap((problem) =>
    'stream' in problem && problem.stream !== 'system' ? [entryId(problem.stream, problem.seq)] : [],
  )
}

export interface Tampering {
  readonly before: string
  readonly after: string
  readonly changedBytes: number
}

/**
 * Copies a closed data directory and changes one byte of one entry's stored body in the copy, as somebody would who wants a
 * refusal to have been for another reason. The database itself stays whole: nothing but ICE can notice.
 */
export function tamperWithCopy(data: string, copy: string, entry: EntryId): Tampering {
  cpSync(data, copy, { recursive: true })
  const { stream, seq } = splitEntryId(entry)
  using database = new DatabaseSync(join(copy, 'log.sqlite'))
  const where = 'stream = (SELECT id FROM stream WHERE name = ?) AND seq = ?'
  const row = database.prepare(`SELECT body FROM entry WHERE ${where}`).get(stream, seq)
  const body = Buffer.from(row?.['body'] as Uint8Array)
  const at = body.indexOf('policy')
  const changed = Buffer.from(body)
  changed.write('P', at)
  database.prepare(`UPDATE entry SET body = ? WHERE ${where}`).run(changed, stream, seq)
  const quoted = (bytes: Buffer): string => bytes.toString('utf8').slice(at, at + 'policy.forbidden'.length)
  return { before: quoted(body), after: quoted(changed), changedBytes: body.filter((byte, index) => byte !== changed[index]).length }
}
