import { join } from 'node:path'
import { sha256 } from '@ice-runtime/ice'
import { createByteText } from '@ice-runtime/kernel'
import type { IceEntry, RunCommand, RunTip, SealContext } from '@ice-runtime/kernel'
import { foldRun, readEntries } from '@ice-runtime/runtime'
import type { Bench } from './figure.ts'
import { openWorkload, startRun } from './workload.ts'

export interface RecordedProposal {
  readonly tip: RunTip
  readonly command: Extract<RunCommand, { type: 'ProposeAction' }>
  readonly context: SealContext
}

/** A proposal as a real run recorded it, and the state it was decided on. */
export async function recordedProposal(bench: Bench, name: string): Promise<RecordedProposal> {
  await using workload = await openWorkload(join(bench.directory(name), 'ice'))
  const { ice, agents } = workload
  const { id, done } = await startRun(ice, { agent: agents.function, kind: 'durable', steps: 1 })
  await done
  const entries = readEntries(ice.store.log, id)
  const index = entries.findIndex(({ type }) => type === 'ActionProposed')
  const { proposed, authorized } = proposalAt(entries, index)
  const before = ice.store.log.read({ stream: id, from: index, to: index }, 1)[0]
  if (before === undefined) throw new Error('a proposal follows something')
  const { prepared, request } = authorized.payload
  return {
    tip: { run: foldRun(id, entries.slice(0, index)), head: { stream: id, seq: index, hash: before.hash, at: proposed.at } },
    command: {
      type: 'ProposeAction',
      at: proposed.at,
      proposed: proposed.payload,
      preparation: { type: 'prepared', record: prepared, request },
    },
    context: { logId: ice.store.log.logId, sha256, memory: createByteText() },
  }
}

function proposalAt(
  entries: readonly IceEntry[],
  index: number,
): {
  readonly proposed: Extract<IceEntry, { type: 'ActionProposed' }>
  readonly authorized: Extract<IceEntry, { type: 'ActionAuthorized' }>
} {
  const proposed = entries[index]
  const authorized = entries[index + 1]
  if (proposed?.type !== 'ActionProposed' || authorized?.type !== 'ActionAuthorized') throw new Error('the run proposed nothing')
  return { proposed, authorized }
}
