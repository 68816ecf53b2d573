import { decodeEntry, evolveSystem, initialSystem, maxPageEntries, systemStream } from '@ice-runtime/kernel'
import type { EncryptedField, IceEntry, LogReader, SubjectId, SystemState } from '@ice-runtime/kernel'

/** An operator as the record names it. */
export interface KnownOperator {
  readonly subject: SubjectId
  /** Readable with the subject's key alone. */
  readonly name: EncryptedField
  readonly publicKey: string
  readonly roles: readonly string[]
  readonly addedAt: number
}

/** What holds for all runs as the record says now, and its entries in order: what there is to say about operators and policies. */
export interface StandingRecord {
  readonly system: SystemState
  readonly entries: readonly IceEntry[]
}

export function readStanding(log: LogReader): StandingRecord {
  const entries: IceEntry[] = []
  for (let page = pageAfter(log, 0); page.length > 0; page = pageAfter(log, entries.length)) entries.push(...page)
  return { system: entries.reduce<SystemState>(evolveSystem, initialSystem), entries }
}

/** Those who are operators now, in the order they were added. */
export function knownOperators({ system, entries }: StandingRecord): readonly KnownOperator[] {
  const added = new Map<SubjectId, KnownOperator>()
  for (const entry of entries) {
    if (entry.type !== 'OperatorAdded') continue
    const { subject, name, publicKey, roles } = entry.payload
    added.delete(subject)
    added.set(subject, { subject, name, publicKey, roles, addedAt: entry.at })
  }
  return [...added.values()].filter(({ subject }) => system.operators.has(subject))
}

function pageAfter(log: LogReader, seq: number): readonly IceEntry[] {
  return log.read({ stream: systemStream, from: seq + 1 }, maxPageEntries).map((stored) => decodeEntry(stored))
}
