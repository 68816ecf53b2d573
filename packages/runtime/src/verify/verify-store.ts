import {
  brokenKinLaw,
  brokenLaw,
  brokenStandingLaw,
  brokenSystemLaw,
  createLogVerifier,
  evolve,
  evolveSystem,
  initialRun,
  initialSystem,
  isEventType,
  maxPageEntries,
  taxonomy,
} from '@ice-runtime/kernel'
import type { Entry, IceEntry, LogProblem, Run, RunId, Sha256, StoreReader, StreamId, Violation } from '@ice-runtime/kernel'

/** What a whole verification found. Sound when all lists are empty. */
export interface VerifyReport {
  readonly entryCount: number
  readonly streamCount: number
  /** Stored bytes that are not what was written. */
  readonly problems: readonly LogProblem[]
  /** Entries that should never have been written. */
  readonly violations: readonly (Violation & { readonly stream: StreamId })[]
  /** Cited content that is missing or differs from its digest. */
  readonly blobs: readonly { readonly digest: string; readonly cited: string; readonly detail: string }[]
  /** Streams with types of a later version: they are believed, and not understood. */
  readonly unknown: readonly { readonly stream: StreamId; readonly type: string }[]
  /** Damage outside the entries, in the store's own words. */
  readonly store: readonly string[]
  /** Problems beyond those listed. */
  readonly omittedCount: number
}

/** Findings of one kind that are listed: the first tell where to look. */
const maxListed = 100

/** Reads everything once: hashes, places, tree, canonical form, taxonomy, laws, cited content. Changes nothing. */
export function verifyStore(store: StoreReader, sha256: Sha256): VerifyReport {
  const edge = store.log.edge()
  const verifier = createLogVerifier({ logId: store.log.logId, sha256 }, { edge, strict: true })
  const laws = createLawCheck()
  const content = createContentCheck(store)
  for (let from = 1; ;) {
    const page = store.log.read({ from, to: edge.size }, maxPageEntries)
    for (const stored of page) {
      const entry = verifier.check(stored)
      if (entry === undefined) laws.skip(stored.stream)
      else {
        laws.check(entry)
        content.check(entry)
      }
    }
    const last = page.at(-1)
    if (last === undefined || last.position >= edge.size) break
    from = last.position + 1
  }
  const report = verifier.finish()
  return { ...report, ...laws.found(), blobs: content.found(), store: store.selfCheck() }
}

interface LawCheck {
  check(entry: Entry): void
  /** An entry that cannot be believed: what follows in its stream cannot be judged. */
  skip(stream: StreamId): void
  found(): Pick<VerifyReport, 'violations' | 'unknown'>
}

function createLawCheck(): LawCheck {
  const runs = new Map<RunId, Run | undefined>()
  const violations: VerifyReport['violations'][number][] = []
  const unknown: VerifyReport['unknown'][number][] = []
  let system = initialSystem
  const note = (violation: Violation | undefined, stream: StreamId): void => {
    if (violation !== undefined && violations.length < maxListed) violations.push({ ...violation, stream })
  }
  /** A relative whose stream cannot be believed or read is no witness. */
  const kinViolation = (entry: IceEntry): Violation | undefined => {
    let isWitnessed = true
    const violation = brokenKinLaw(entry, (run) => {
      isWitnessed = isWitnessed && !(runs.has(run) && runs.get(run) === undefined)
      return runs.get(run)
    })
    return isWitnessed ? violation : undefined
  }
  return {
    check: (entry) => {
      const { stream } = entry
      if (!isEventType(entry.type) || entry.v > taxonomy[entry.type].v) {
        if (unknown.length < maxListed) unknown.push({ stream, type: entry.type })
        if (stream !== 'system') runs.set(stream, undefined)
        return
      }
      if (stream === 'system') {
        note(brokenSystemLaw(system, entry as IceEntry), stream)
        system = evolveSystem(system, entry)
        return
      }
      const before = runs.has(stream) ? runs.get(stream) : initialRun(stream)
      if (before === undefined) return
      const read = entry as IceEntry
      note(brokenLaw(before, read) ?? brokenStandingLaw(system, before, read) ?? kinViolation(read), stream)
      runs.set(stream, evolve(before, entry as IceEntry))
    },
    skip: (stream) => {
      if (stream !== 'system') runs.set(stream, undefined)
    },
    found: () => ({ violations, unknown }),
  }
}

interface ContentCheck {
  check(entry: Entry): void
  found(): VerifyReport['blobs']
}

/** Members that say by digest what stood in a workspace, to be compared with and never to be read back. */
const comparedOnly: ReadonlySet<string> = new Set(['reads', 'conflict'])

/** Content in the entry itself is what somebody else wrote, and may look like a citation. */
function isInline(value: object): boolean {
  return 'value' in value && Object.keys(value).length === 1
}

/** Follows every digest an entry cites as content. */
function createContentCheck(store: StoreReader): ContentCheck {
  const seen = new Set<string>()
  const found: VerifyReport['blobs'][number][] = []
  const visit = (value: unknown, cited: string): void => {
    if (value === null || typeof value !== 'object' || isInline(value)) return
    if ('blob' in value && typeof value.blob === 'string' && !seen.has(value.blob)) {
      seen.add(value.blob)
      const detail = readable(store, value.blob)
      if (detail !== undefined && found.length < maxListed) found.push({ digest: value.blob, cited, detail })
    }
    for (const [name, member] of Object.entries(value)) if (!comparedOnly.has(name)) visit(member, cited)
  }
  return { check: (entry) => visit(entry.payload, `${entry.stream}#${entry.seq}`), found: () => found }
}

function readable(store: StoreReader, digest: string): string | undefined {
  try {
    store.blobs.get(digest as Parameters<StoreReader['blobs']['get']>[0])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
