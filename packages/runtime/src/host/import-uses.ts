import { canonicalize, IceError, isAmount } from '@ice-runtime/kernel'
import type { IceEntry, Settlement } from '@ice-runtime/kernel'
import { runOf } from '../run/live-run.ts'
import type { Order } from '../run/order.ts'
import { proposedAction } from '../run/preparation.ts'
import { begin, countLinks, endRun, openLink } from './host-chain.ts'
import type { HostRun } from './host-chain.ts'
import type { HostParts, HostSession, HostUse } from './host-session.ts'

/** A use of a tool that a host kept, with what it says came of it. */
export interface KeptUse extends HostUse {
  /** When the host says it was, milliseconds since the epoch. */
  readonly statedAt: number
  /** Absent where the host kept none. */
  readonly settlement?: Settlement
}

export interface ImportedUses {
  readonly imported: number
  /** Uses of an earlier import, which stay as they are. */
  readonly known: number
  /** Uses that no record can hold. */
  readonly unrecordable: number
}

/** Uses in one run: a run is read whole by whoever looks at it. */
export const maxImportedRunUses = 2000
/** Longest arguments that are kept: a whole file written at once fits. */
const maxKeptChars: number = 4 * 1024 * 1024
/** Uses on their way into the log before it is waited for. */
const maxUnderWay = 256

/**
 * Reads what a host kept of one session into runs of their own, in the order given: no verdict, no grant, no evidence. Imported again,
 * only what is new is added. Durable on return.
 */
export async function importUses(session: HostSession, uses: readonly KeptUse[], parts: HostParts): Promise<ImportedUses> {
  const links = countLinks(session, parts)
  const known = new Set<string>()
  for (let link = 0; link < links; link += 1) {
    const run = openLink(session, link, parts)
    for (const name of usesOf(run.entries)) known.add(name)
    // An import that was interrupted: what it recorded stays, and the rest goes into a run of its own.
    endRun(run)
  }
  const unknown = uses.filter(({ use }) => !known.has(use))
  const fresh = unknown.filter((use) => isRecordable(use))
  for (let index = 0; index < fresh.length; index += maxImportedRunUses) {
    const link = links + index / maxImportedRunUses
    await importInto(begin(session, link, parts), fresh.slice(index, index + maxImportedRunUses), parts)
  }
  await parts.store.log.flush()
  return { imported: fresh.length, known: uses.length - unknown.length, unrecordable: unknown.length - fresh.length }
}

async function importInto(run: HostRun, uses: readonly KeptUse[], parts: HostParts): Promise<void> {
  const { writer } = run
  for (const [index, use] of uses.entries()) {
    const executed = writer.execute(importOrder(run, parts.secrets.scrubber.json(use), parts), 'lazy')
    if (!executed.ok) throw new IceError('usage.invalid', `${executed.code}: ${executed.detail}`)
    if (index % maxUnderWay === maxUnderWay - 1) await parts.store.log.flush()
  }
  endRun(run)
}

function importOrder(run: HostRun, { use, action, args, statedAt, settlement }: KeptUse, { store }: HostParts): Order {
  const { steps: key, ended: after } = runOf(run)
  const message = { action, args, argsText: canonicalize(args), reason: undefined, atOnce: false }
  const proposed = { ...proposedAction({ key, after, message }, store.blobs), performer: 'host', use, statedAt } as const
  return { type: 'ImportAction', proposed, ...(settlement === undefined ? {} : { settlement }) }
}

function usesOf(entries: readonly IceEntry[]): readonly string[] {
  return entries.flatMap((entry) => (entry.type === 'ActionProposed' && entry.payload.use !== undefined ? [entry.payload.use] : []))
}

function isRecordable({ args, statedAt }: KeptUse): boolean {
  try {
    return isAmount(statedAt) && canonicalize(args).length <= maxKeptChars
  } catch {
    // Nested too deeply, or text that no canonical form has.
    return false
  }
}
