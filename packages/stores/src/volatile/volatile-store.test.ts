import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { blobsContract, chainEntries, logContract, viewsContract } from '@ice-runtime/conformance'
import type { StoreWorld } from '@ice-runtime/conformance'
import { parseLogId, parseRunId } from '@ice-runtime/kernel'
import { emptyContent } from './content.ts'
import { openVolatileStore } from './open-store.ts'
import type { CommitFate } from './open-store.ts'

const logId = parseLogId('log_0123456789ab')
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const never = 2 ** 31 - 1

function openWorld(broken: Exclude<CommitFate, 'durable'>): StoreWorld {
  const content = emptyContent()
  let fate: CommitFate = 'durable'
  return {
    logId,
    sha256,
    open: (views = []) => openVolatileStore({ logId, sha256, views, content, lingerMs: never, commitFate: () => fate }),
    breakNextWrite() {
      fate = broken
    },
    repair() {
      fate = 'durable'
    },
    close() {},
  }
}

for (const broken of ['lost', 'kept'] as const)
  logContract(`the volatile store (a broken write is ${broken})`, { open: () => openWorld(broken) })
blobsContract('the volatile store', { open: () => openWorld('lost') })
viewsContract('the volatile store', { open: () => openWorld('lost') })

test.each([
  ['lost', 0],
  ['kept', 2],
] as const)('a broken write that is %s leaves %i entries', async (broken, left) => {
  const world = openWorld(broken)
  const store = world.open()
  world.breakNextWrite()
  await store.log.append(chainEntries(parseRunId('run_aaaaaaaaaaaa'), world).request('now', {}, {}))
  await store.close()
  world.repair()
  await using again = world.open()
  expect(again.log.lastPosition()).toBe(left)
})
