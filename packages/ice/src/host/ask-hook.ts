import { resolve } from 'node:path'
import type { HookVerdict } from '@ice-runtime/adapters'
import { IceError, parseLogId, views } from '@ice-runtime/kernel'
import type { Store } from '@ice-runtime/kernel'
import { openHostRuns } from '@ice-runtime/runtime/host'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { askControl } from '../control/client.ts'
import { assertOutside, makeDataDirectory } from '../data-directory.ts'
import { randomName } from '../names.ts'
import { sha256 } from '../sha256.ts'
import { hearHook, isIdle, readHeard } from './hear-hook.ts'
import { hostParts, principalAt } from './host-parts.ts'

/** What a host handed to its hook, and where it is to be judged. */
export interface HookQuestion {
  readonly data: string
  readonly host: string
  /** The project: absolute, links resolved. */
  readonly root: string
  /** As it came. */
  readonly payload: string
  /** When to give up, milliseconds since the epoch: what is not answered by then blocks. */
  readonly deadline: number
}

/** Between two looks at a data directory that somebody else has: another hook holds it for some ten milliseconds. */
const minPauseMs = 2
const maxPauseMs = 40

/**
 * Has one call of a hook judged and recorded: by the runtime that owns the data directory, or by owning it for as long as that takes.
 * Throws `hook.malformed`, `data.in_use` when neither could be had before the deadline, and whatever a store that breaks throws.
 */
export async function askHook(question: HookQuestion): Promise<HookVerdict> {
  const { host, root, payload, deadline } = question
  const heard = readHeard(question)
  if (isIdle(heard.call)) return { type: 'silent' }
  const data = resolve(question.data)
  assertOutside(data, root)
  makeDataDirectory(data)
  for (let pauseMs = minPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
    const answer = await askControl(data, { method: 'hook', host, root, payload })
    if (answer?.verdict !== undefined) return answer.verdict
    const store = openIfFree(data)
    if (store !== 'taken') return await hearWith(store, data, heard)
    if (Date.now() + pauseMs >= deadline) throw inUse()
    // Not all at the same moment: those that wait began to at the same moment.
    await pause(pauseMs * (0.5 + Math.random()))
  }
}

async function hearWith(store: Store, data: string, heard: Parameters<typeof hearHook>[0]): Promise<HookVerdict> {
  try {
    return await hearHook(heard, openHostRuns(await hostParts(store, data)), principalAt(data))
  } finally {
    await store.close()
  }
}

function openIfFree(data: string): Store | 'taken' {
  try {
    return openSqliteStore({ directory: data, logId: parseLogId(`log_${randomName()}`), sha256, views })
  } catch (error) {
    if (error instanceof IceError && error.code === 'data.in_use') return 'taken'
    throw error
  }
}

function inUse(): IceError {
  return new IceError('data.in_use', 'another process has the data directory and does not answer hooks', {
    hint: 'a program that embeds ICE answers them when it is opened with control: true',
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
