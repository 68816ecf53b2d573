import { canonicalize, digestFromBytes, entryId, IceError, openAction, requestDigest } from '@ice-runtime/kernel'
import type {
  ApprovalAnswer,
  AskedAction,
  BlobReader,
  Blobs,
  Digest,
  Driver,
  EditedRequest,
  Json,
  OpenAction,
  PreparedAction,
  PreparedRecord,
  Seq,
  Sha256,
  StagedChange,
} from '@ice-runtime/kernel'
import { toRecorded } from '../recorded.ts'
import { preparedFrom } from './interrupted.ts'
import { runOf } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import { preparedRecord, prepareSafely } from './preparation.ts'

/** What one request asks people for, as its driver tells it. */
export interface DescribedRequest {
  /** Digest of the request that is described: what an answer is bound to, or the edit that is signed. */
  readonly request: Digest
  readonly prepared: PreparedAction
  /** The driver's own words: complete, unescaped. */
  readonly description: string
  /** What would be staged, as far as its driver can tell before it is done. */
  readonly changes: readonly StagedChange[]
  /** Reads the content of `changes`, which is kept nowhere else. */
  readonly blobs: BlobReader
}

export interface EditedDescription extends DescribedRequest {
  readonly edited: EditedRequest
}

export interface AskedParts {
  readonly blobs: Blobs
  readonly sha256: Sha256
}

/** Throws `usage.invalid` for a request that waits for nobody, or whose action this process has no driver for. */
export function describeAsked(live: LiveRun, approval: Seq, parts: AskedParts): DescribedRequest {
  const { open, asked, driver } = askedOf(live, approval)
  const prepared = preparedFrom(open, asked.prepared, parts.blobs)
  return described(live, { open, driver, prepared, request: asked.request }, parts)
}

/** Another request in place of the one that was asked about: the same action, prepared by its driver with other arguments. */
export async function editAsked(
  live: LiveRun,
  { approval, args }: { readonly approval: Seq; readonly args: Json },
  parts: AskedParts,
): Promise<EditedDescription> {
  const { open, driver } = askedOf(live, approval)
  const prepared = await preparedAnew(live, { open, driver, args }, parts)
  const request = requestDigest(prepared, parts.sha256)
  const edited = { request, prepared: preparedRecord(prepared, { args: toRecorded(prepared.args, parts.blobs) }) }
  return { ...described(live, { open, driver, prepared, request }, parts), edited }
}

/**
 * An edit is what its driver makes of the arguments, here and now: whoever signed it signed a digest, and what the record would say of
 * it is not theirs to say. Throws `usage.invalid` when it is something else, or when what it relied on has changed since.
 */
export async function assertEdit(
  live: LiveRun,
  { approval, answer }: { readonly approval: Seq; readonly answer: ApprovalAnswer },
  parts: AskedParts,
): Promise<void> {
  if (answer.type !== 'given' || answer.edited === undefined || !isWaiting(live, approval)) return
  const { edited } = answer
  const { open, driver } = askedOf(live, approval)
  const { args } = preparedFrom(open, edited.prepared, parts.blobs)
  const prepared = await preparedAnew(live, { open, driver, args }, parts)
  const record = preparedRecord(prepared, { args: toRecorded(prepared.args, parts.blobs) })
  if (requestDigest(prepared, parts.sha256) === edited.request && isSameRecord(record, edited.prepared)) return
  throw new IceError('usage.invalid', `approval.altered: the edit of #${approval} is not what ${open.name} makes of its arguments now`, {
    hint: 'look at it again, and answer again',
  })
}

function isSameRecord(left: PreparedRecord, right: PreparedRecord): boolean {
  return canonicalize(left as unknown as Json) === canonicalize(right as unknown as Json)
}

interface Asked {
  readonly open: OpenAction
  readonly asked: AskedAction
  readonly driver: Driver
}

function isWaiting(live: LiveRun, approval: Seq): boolean {
  return waitingOf(live, approval) !== undefined
}

function waitingOf(live: LiveRun, approval: Seq): Omit<Asked, 'driver'> | undefined {
  const run = runOf(live)
  const known = run.approvals.get(String(approval))
  const open = known === undefined ? undefined : openAction(run, known.action)
  return open?.stage.name === 'asked' && open.stage.asked.approval === approval ? { open, asked: open.stage.asked } : undefined
}

function askedOf(live: LiveRun, approval: Seq): Asked {
  const waiting = waitingOf(live, approval)
  if (waiting === undefined) throw new IceError('usage.invalid', `approval.not_found: #${approval} of ${live.id} waits for nobody`)
  const driver = live.world.catalog.find(waiting.open.name)
  if (driver !== undefined) return { ...waiting, driver }
  throw new IceError('usage.invalid', `this process has no driver for ${waiting.open.name}`, { hint: 'ask the program that runs it' })
}

async function preparedAnew(
  live: LiveRun,
  { open, driver, args }: Pick<Asked, 'open' | 'driver'> & { readonly args: Json },
  { blobs }: AskedParts,
): Promise<PreparedAction> {
  const { id, at, staged } = runOf(live)
  const prepared = await prepareSafely(driver, args, { runId: id, at, staged, blobs, signal: live.stopping.signal })
  if ('refused' in prepared) throw new IceError('usage.invalid', `${prepared.refused}: ${prepared.detail}`)
  return open.atOnce ? { ...prepared, atOnce: { reason: open.reason ?? '' } } : prepared
}

function described(
  live: LiveRun,
  asked: { readonly open: OpenAction; readonly driver: Driver; readonly prepared: PreparedAction; readonly request: Digest },
  parts: AskedParts,
): DescribedRequest {
  const { open, driver, prepared, request } = asked
  const { id, at, staged } = runOf(live)
  const blobs = blobsOver(parts)
  const { signal } = live.stopping
  const context = { runId: id, key: entryId(id, open.action), at, staged, blobs, signal }
  // What cannot be looked at now may still be answered: it is said to be so.
  const changes = tryPreview(() => driver.preview?.(prepared, context) ?? [])
  return { request, prepared, description: driver.describe(prepared), changes, blobs }
}

function tryPreview(preview: () => readonly StagedChange[]): readonly StagedChange[] {
  try {
    return preview()
  } catch (error) {
    if (error instanceof IceError && error.code !== 'invariant.violated') return []
    throw error
  }
}

/** What is stored, and what a look adds to it in memory. */
function blobsOver({ blobs, sha256 }: AskedParts): Blobs {
  const added = new Map<Digest, Uint8Array>()
  return {
    get: (digest) => added.get(digest) ?? blobs.get(digest),
    has: (digest) => added.has(digest) || blobs.has(digest),
    put: (bytes) => {
      const blob = digestFromBytes(sha256(bytes))
      added.set(blob, bytes)
      return { blob, sizeBytes: bytes.length }
    },
  }
}
