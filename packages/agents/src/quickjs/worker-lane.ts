import { Worker } from 'node:worker_threads'
import { IceError } from '@ice-runtime/kernel'
import { maxLoadedBundles, maxSessionsPerWorker, workerStackMb } from './limits.ts'
import type { BundleKey, LoadedCode, SessionRef, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts'

/** A session's place on a lane. The lane sets nothing: the session sets what it wants to hear. */
export interface Seat {
  readonly ref: SessionRef
  onReply: (reply: WorkerReply) => void
  /** The thread is gone, and a new one starts when something is sent. `culprit` when it was this session's turn that ended it. */
  onLost: (culprit: boolean, why: string) => void
  send(request: WorkerRequest): void
  /** Gives the place up: interrupts what runs, drops what waits. Idempotent. */
  leave(): void
}

/** One thread and its successors: requests go in, replies come back in the same order. */
export interface WorkerLane extends AsyncDisposable {
  /** Sessions seated. */
  load(): number
  sit(session: number, code: LoadedCode): Seat
}

interface Flight {
  readonly session: number
}

/** Starts a thread when the first request is sent. */
export function openWorkerLane(makeSetup: (stops: SharedArrayBuffer) => WorkerSetup, turnDeadlineMs: number): WorkerLane {
  const stopTable = new SharedArrayBuffer(maxSessionsPerWorker * Int32Array.BYTES_PER_ELEMENT)
  const stops = new Int32Array(stopTable)
  const freeSlots = Array.from({ length: maxSessionsPerWorker }, (_, index) => maxSessionsPerWorker - 1 - index)
  const seats = new Map<number, Seat & { readonly code: LoadedCode }>()
  const flights: Flight[] = []
  let loaded = new Set<BundleKey>()
  let worker: Worker | undefined
  let deadline: NodeJS.Timeout | undefined

  const spawn = (): Worker => {
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const started = new Worker(new URL(file, import.meta.url), {
      workerData: makeSetup(stopTable),
      resourceLimits: { stackSizeMb: workerStackMb },
      env: {},
      execArgv: [],
    })
    started.on('message', (reply: WorkerReply) => {
      if (started === worker) receive(reply)
    })
    const onGone = (why: string): void => {
      if (started === worker) lose(why)
    }
    started.on('error', (error) => onGone(error instanceof Error ? error.message : String(error)))
    started.on('exit', () => onGone('its thread ended'))
    return started
  }

  const receive = (reply: WorkerReply): void => {
    flights.shift()
    if (flights.length === 0) rest()
    else deadline?.refresh()
    seats.get(reply.session)?.onReply(reply)
  }
  const rest = (): void => {
    clearTimeout(deadline)
    deadline = undefined
    worker?.unref()
  }

  /** The turn at the head is the one that was running: replies come in order. */
  const lose = (why: string): void => {
    const culprit = flights[0]?.session
    const gone = worker
    worker = undefined
    loaded = new Set()
    flights.length = 0
    clearTimeout(deadline)
    deadline = undefined
    void gone?.terminate()
    for (const seat of [...seats.values()]) seat.onLost(seat.ref.session === culprit, why)
  }

  const load = (to: Worker, code: LoadedCode): void => {
    if (loaded.delete(code.key)) {
      loaded.add(code.key)
      return
    }
    const oldest = loaded.size < maxLoadedBundles ? undefined : loaded.values().next().value
    if (oldest !== undefined) {
      loaded.delete(oldest)
      to.postMessage({ type: 'unload', bundle: oldest } satisfies WorkerRequest)
    }
    loaded.add(code.key)
    to.postMessage({ type: 'load', bundle: code.key, code: code.code, maxMemoryBytes: code.maxMemoryBytes } satisfies WorkerRequest)
  }

  const send = (code: LoadedCode, request: WorkerRequest & SessionRef): void => {
    worker ??= spawn()
    if (request.type === 'start' || request.type === 'inspect') load(worker, code)
    if (flights.length === 0) {
      worker.ref()
      deadline = setTimeout(() => lose('a turn took too long and its thread was ended'), turnDeadlineMs)
    }
    flights.push({ session: request.session })
    worker.postMessage(request)
  }

  return {
    load: () => seats.size,
    sit(session, code) {
      const slot = freeSlots.pop()
      if (slot === undefined) throw new IceError('runtime.overloaded', `more than ${maxSessionsPerWorker} agents on one thread`)
      const ref = { session, slot }
      const seat = {
        ref,
        code,
        onReply: () => undefined,
        onLost: () => undefined,
        send: (request: WorkerRequest) => send(code, request as WorkerRequest & SessionRef),
        leave() {
          if (!seats.delete(session)) return
          Atomics.store(stops, slot, session)
          worker?.postMessage({ type: 'close', ...ref } satisfies WorkerRequest)
          // The longest unused slot goes first, so that a stop of its next user cannot hide this one from a turn still running.
          freeSlots.unshift(slot)
        },
      }
      seats.set(session, seat)
      return seat
    },
    async [Symbol.asyncDispose]() {
      const gone = worker
      worker = undefined
      rest()
      for (const seat of [...seats.values()]) seat.onLost(true, 'the pool of agent threads is closed')
      await gone?.terminate()
    },
  }
}
