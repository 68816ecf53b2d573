import { canonicalize } from './canonical.ts'
import { createChainCheck } from './chain-check.ts'
import type { Entry, EntryBody, StoredEntry } from './entry.ts'
import { IceError } from './errors.ts'
import { entryProblem } from './log-problem.ts'
import type { LogProblem } from './log-problem.ts'
import type { SealContext } from './seal.ts'
import { createTreeCheck } from './tree-check.ts'
import type { TreeEdge } from './tree.ts'

/** Problems kept word for word. A wholly damaged log is told by its first ones and their number. */
export const maxLogProblems = 100

export interface VerifyLogOptions {
  /** What the whole log must amount to, read no later than the last entry. Absent: the end is not proved and no tree is grown. */
  readonly edge?: TreeEdge
  /** Also holds each body to canonical form, which the hash of bytes written by another program does not promise. */
  readonly strict?: boolean
  /** Problems of entries kept, `maxLogProblems` when absent. */
  readonly maxProblems?: number
}

export interface LogReport {
  readonly entryCount: number
  readonly streamCount: number
  /** In the order found, so the first names the first damaged place. */
  readonly problems: readonly LogProblem[]
  /** Problems of entries found beyond those kept. */
  readonly omittedCount: number
}

export interface LogVerifier {
  /**
   * Takes the next entry in position order. Returns it decoded once its hash is proved, for laws and folds of the same pass;
   * undefined when it cannot be believed or read.
   */
  check(stored: StoredEntry): Entry | undefined
  /** What was found, the whole log against its edge included. */
  finish(): LogReport
}

/**
 * Proves a log from its first entry: positions and streams without gap, each entry's hash over its raw bytes and over the entry
 * before it as seen here, never as claimed, and the whole against the tree's edge. Memory grows with streams, not with entries.
 * A chain proves nothing about its own end and nothing against one who recomputes it: that takes an edge kept elsewhere.
 */
export function createLogVerifier(context: SealContext, options: VerifyLogOptions = {}): LogVerifier {
  const { edge, strict = false, maxProblems = maxLogProblems } = options
  const chains = createChainCheck(context)
  const decode = createBodyReader(strict)
  const tree = edge === undefined ? undefined : createTreeCheck(edge, context.sha256)
  const problems: LogProblem[] = []
  let omittedCount = 0
  let entryCount = 0
  let lastPosition = 0

  const report = (found: LogProblem): void => {
    if (problems.length < maxProblems) problems.push(found)
    else omittedCount += 1
  }
  const checkPosition = (stored: StoredEntry): void => {
    if (stored.position !== lastPosition + 1) report(entryProblem('position.gap', stored, `expected position ${lastPosition + 1}`))
    lastPosition = stored.position
  }
  return {
    check: (stored) => {
      entryCount += 1
      checkPosition(stored)
      tree?.add(stored.hash)
      const chained = chains.check(stored)
      if (chained.problem !== undefined) report(chained.problem)
      if (!chained.proved) return undefined
      const read = decode(stored)
      if (read.problem !== undefined) report(read.problem)
      return read.entry
    },
    finish: () => {
      const parted = tree?.compare(lastPosition)
      const all = parted === undefined ? [...problems] : [...problems, parted]
      return { entryCount, streamCount: chains.streamCount(), problems: all, omittedCount }
    },
  }
}

interface ReadBody {
  readonly entry: Entry | undefined
  readonly problem: LogProblem | undefined
}

function createBodyReader(strict: boolean): (stored: StoredEntry) => ReadBody {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (stored) => {
    let text: string
    let body: unknown
    try {
      text = decoder.decode(stored.bytes)
      body = JSON.parse(text)
    } catch (cause) {
      return { entry: undefined, problem: entryProblem('bytes.unreadable', stored, `no JSON in UTF-8: ${String(cause).slice(0, 120)}`) }
    }
    if (!isEntryBody(body)) return { entry: undefined, problem: entryProblem('bytes.unreadable', stored, 'JSON that is no entry body') }
    const { stream, seq } = stored
    const { type, v, origin, at, causes, payload } = body
    const entry = { stream, seq, type, v, origin, at, causes, payload }
    if (!strict || isCanonical(body, text)) return { entry, problem: undefined }
    return { entry, problem: entryProblem('bytes.not_canonical', stored, 'the body is not in canonical form') }
  }
}

/** Structure only: whether the type is known and the payload fits it is for the taxonomy to say. */
function isEntryBody(value: unknown): value is EntryBody {
  if (typeof value !== 'object' || value === null) return false
  const { type, v, origin, at, causes, payload } = value as { readonly [Key in keyof EntryBody]?: unknown }
  return (
    typeof type === 'string' &&
    typeof v === 'number' &&
    typeof origin === 'string' &&
    typeof at === 'number' &&
    Array.isArray(causes) &&
    payload !== undefined
  )
}

/**
 * To equal its canonical form is enough: what reads as less than the text says, such as a doubled key, or as something that
 * cannot be written, such as an unsafe number, does not come out as the same text.
 */
function isCanonical(body: EntryBody, text: string): boolean {
  try {
    return canonicalize(body as never) === text
  } catch (error) {
    if (error instanceof IceError && error.code === 'json.malformed') return false
    throw error
  }
}
