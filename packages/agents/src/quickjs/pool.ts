import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { IceError } from '@ice-runtime/kernel'
import { defaultTurnDeadlineMs, defaultWorkers, maxJournalChars, maxTicksPerTurn } from './limits.ts'
import type { LoadedCode, SessionRef, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts'
import { openWorkerLane } from './worker-lane.ts'
import type { WorkerLane } from './worker-lane.ts'
import { wasmApi } from './webassembly.ts'

export interface QuickjsPoolOptions {
  /** Threads, started when first needed. */
  readonly workers?: number
  /** Wall clock for one turn, the last resort: the thread is ended and the other sessions on it are built again. */
  readonly turnDeadlineMs?: number
  readonly maxTicksPerTurn?: number
}

/** What a session may ask of its worker: a request without the fields that the pool fills in. */
export type PoolRequest =
  | { readonly type: 'inspect' }
  | { readonly type: 'start'; readonly at: number; readonly text: string }
  | { readonly type: 'deliver'; readonly at: number; readonly text: string }

/** One session's place in a pool. Calls are made one at a time. */
export interface PoolSession {
  ask(request: PoolRequest): Promise<WorkerReply>
  /** Interrupts the turn in flight at its next tick, and ends the thread if there is none in time. Idempotent. */
  close(): Promise<void>
}

/** Threads that host agents' realms. Threads that have nothing to do keep no process alive. */
export interface QuickjsPool extends AsyncDisposable {
  open(code: LoadedCode): PoolSession
}

/** Compiles the engine once for all threads. Throws `isolation.unavailable` when the engine cannot be read or compiled. */
export async function openQuickjsPool(options: QuickjsPoolOptions = {}): Promise<QuickjsPool> {
  const wasm = await compileEngine()
  const makeSetup = (stops: SharedArrayBuffer): WorkerSetup => ({
    wasm,
    stops,
    maxTicksPerTurn: options.maxTicksPerTurn ?? maxTicksPerTurn,
  })
  const turnDeadlineMs = options.turnDeadlineMs ?? defaultTurnDeadlineMs
  const lanes = Array.from({ length: options.workers ?? defaultWorkers }, () => openWorkerLane(makeSetup, turnDeadlineMs))
  let sessions = 0
  let closed = false
  return {
    open(code) {
      if (closed) throw new IceError('runtime.closed', 'the pool of agent threads is closed')
      const lane = lanes.reduce((best, each) => (each.load() < best.load() ? each : best))
      sessions += 1
      return openSession(lane, code, sessions)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()))
    },
  }
}

/**
 * Keeps what it was asked, so that a lane whose thread was lost can ask it all again: a realm is a function of its requests.
 * Replies to what was answered before are dropped.
 */
function openSession(lane: WorkerLane, code: LoadedCode, session: number): PoolSession {
  const seat = lane.sit(session, code)
  const journal: (WorkerRequest & SessionRef)[] = []
  let journalChars = 0
  let answered = 0
  let toSkip = 0
  let pending: ((reply: WorkerReply) => void) | undefined
  seat.onReply = (reply) => {
    if (toSkip > 0) {
      toSkip -= 1
      return
    }
    answered += 1
    const resolve = pending
    pending = undefined
    resolve?.(reply)
  }
  seat.onLost = (culprit, why) => {
    if (culprit || journalChars > maxJournalChars) {
      seat.leave()
      const message = culprit ? why : `lost with the thread that hosted it: ${why}`
      pending?.({ session, text: '', fault: { type: 'trap', message } })
      pending = undefined
      return
    }
    toSkip = answered
    for (const request of journal) seat.send(request)
  }
  return {
    ask(request) {
      const sent = request.type === 'deliver' ? { ...request, ...seat.ref } : { ...request, ...seat.ref, bundle: code.key }
      if (request.type !== 'inspect') journalChars += request.text.length
      if (journalChars > maxJournalChars) journal.length = 0
      else journal.push(sent)
      return new Promise((resolve) => {
        pending = resolve
        seat.send(sent)
      })
    },
    async close() {
      const inFlight = pending
      pending = undefined
      seat.leave()
      inFlight?.({ session, text: '', fault: { type: 'stopped' } })
    },
  }
}

async function compileEngine(): Promise<WebAssembly.Module> {
  try {
    const file = fileURLToPath(import.meta.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm'))
    return await wasmApi.compile(await readFile(file))
  } catch (cause) {
    throw new IceError('isolation.unavailable', 'the JavaScript engine for agents could not be loaded', { cause })
  }
}
