import { resolve } from 'node:path'
import { hostProposal, importedSettlement, readClaudeTranscript } from '@ice-runtime/adapters'
import type { Host, ImportedTranscript, ImportedUse } from '@ice-runtime/adapters'
import { IceError, parseLogId, views } from '@ice-runtime/kernel'
import type { Principal } from '@ice-runtime/kernel'
import { importUses } from '@ice-runtime/runtime/host'
import type { HostParts, KeptUse } from '@ice-runtime/runtime/host'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { assertOutside, makeDataDirectory } from '../data-directory.ts'
import { randomName } from '../names.ts'
import { sha256 } from '../sha256.ts'
import { hostParts, principalAt } from './host-parts.ts'
import { keptSession } from './host-session.ts'
import { linesOf, transcriptFiles } from './transcript-files.ts'

export interface TranscriptPlace {
  readonly host: Host
  /** A transcript, or a directory that holds them. */
  readonly path: string
  readonly data: string
  readonly workspace: string
}

/** What was read, what of it is in the record now, and what was passed over. */
export interface TranscriptImport {
  readonly files: number
  /** Files that could not be read, by name: they may be gone, or somebody else's. */
  readonly unreadFiles: readonly string[]
  /** Files read only in part, because they are longer than anything that is read whole. */
  readonly cutFiles: readonly string[]
  /** There are more files than are read. */
  readonly isCut: boolean
  readonly sessions: number
  readonly imported: number
  readonly known: number
  /** Uses that no record can hold. */
  readonly unrecordable: number
  readonly counts: ImportedTranscript['counts']
}

/**
 * Reads past transcripts into runs marked imported, which are proof of nothing. What is not understood is counted; what was imported
 * before stays as it is. Throws `files.not_found`, `data.in_use`, and `usage.invalid` for a host whose transcripts are not understood.
 */
export async function importTranscripts({ host, path, data: place, workspace }: TranscriptPlace): Promise<TranscriptImport> {
  if (host !== 'claude-code')
    throw new IceError('usage.invalid', `what ${host} keeps is not understood`, { hint: 'transcripts of claude-code are' })
  const files = transcriptFiles(path)
  const data = resolve(place)
  assertOutside(data, workspace)
  makeDataDirectory(data)
  const store = openSqliteStore({ directory: data, logId: parseLogId(`log_${randomName()}`), sha256, views })
  try {
    const tally = emptyTally()
    const importing = { host, principal: principalAt(data), parts: await hostParts(store, data), roots: new Map<string, string>() }
    for (const file of files.paths) await importFile(file, importing, tally)
    return { ...tally, sessions: importing.roots.size, isCut: files.isCut }
  } finally {
    await store.close()
  }
}

type Tally = { -readonly [Count in Exclude<keyof TranscriptImport, 'sessions' | 'isCut'>]: TranscriptImport[Count] }

interface Importing {
  readonly host: Host
  readonly principal: Principal
  readonly parts: HostParts
  /** Where each session was when it began, which is what its paths are named after: an agent it started may be elsewhere. */
  readonly roots: Map<string, string>
}

function emptyTally(): Tally {
  const counts = { lines: 0, other: 0, unreadable: 0, incomplete: 0, unmatched: 0 }
  return { files: 0, unreadFiles: [], cutFiles: [], imported: 0, known: 0, unrecordable: 0, counts }
}

async function importFile(path: string, { host, principal, parts, roots }: Importing, tally: Tally): Promise<void> {
  const transcript = readTranscript(path)
  if (transcript === undefined) {
    tally.unreadFiles = [...tally.unreadFiles, path]
    return
  }
  tally.files += 1
  if (transcript.truncated) tally.cutFiles = [...tally.cutFiles, path]
  tally.counts = added(tally.counts, transcript.counts)
  for (const [session, uses] of Map.groupBy(transcript.uses, (use) => use.session)) {
    const root = roots.get(session) ?? uses[0]?.cwd ?? '/'
    roots.set(session, root)
    const { imported, known, unrecordable } = await importUses(
      keptSession({ host, session }, root, principal),
      uses.map((use) => keptUse(use)),
      parts,
    )
    tally.imported += imported
    tally.known += known
    tally.unrecordable += unrecordable
  }
}

/** Undefined for a file that the system does not let us read to its end. */
function readTranscript(path: string): ImportedTranscript | undefined {
  try {
    return readClaudeTranscript(linesOf(path))
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return undefined
    throw error
  }
}

function keptUse({ host, tool, cwd, input, toolUseId: use, at: statedAt, outcome }: ImportedUse): KeptUse {
  const settlement = outcome === undefined ? {} : { settlement: importedSettlement(outcome) }
  return { use, ...hostProposal(host, { tool, input, cwd }), statedAt, ...settlement }
}

function added(left: ImportedTranscript['counts'], right: ImportedTranscript['counts']): ImportedTranscript['counts'] {
  return {
    lines: left.lines + right.lines,
    other: left.other + right.other,
    unreadable: left.unreadable + right.unreadable,
    incomplete: left.incomplete + right.incomplete,
    unmatched: left.unmatched + right.unmatched,
  }
}
