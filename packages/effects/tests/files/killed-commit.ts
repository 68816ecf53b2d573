import { readFileSync } from 'node:fs'
import type { BlobReader, Digest, StagedChange } from '@ice-runtime/kernel'
import { openRoot } from '@ice-runtime/isolation'
import { openWorkspace } from '../../src/files/workspace.ts'
import { stoppingMachine } from './stopping-calls.ts'

/** What the process that is going to be killed is told. */
export interface KilledCommit {
  readonly top: string
  readonly applyId: string
  readonly stopAt: number
  readonly changes: readonly StagedChange[]
  readonly contents: { readonly [digest: Digest]: string }
}

const [, , instructions] = process.argv
if (instructions !== undefined) await commitUntilKilled(JSON.parse(readFileSync(instructions, 'utf8')) as KilledCommit)

async function commitUntilKilled({ top, applyId, stopAt, changes, contents }: KilledCommit): Promise<void> {
  const { calls } = stoppingMachine(stopAt, () => process.kill(process.pid, 'SIGKILL'))
  const blobs: BlobReader = { get: (digest) => Buffer.from(contents[digest] ?? ''), has: (digest) => digest in contents }
  using root = openRoot(top, { calls })
  const workspace = openWorkspace({ root, blobs })
  await using _lock = await workspace.lock()
  for (const [index, change] of workspace.plan(changes).entries()) await workspace.apply(applyId, index, change)
  await workspace.discard(applyId, changes)
}
