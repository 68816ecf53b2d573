import { IceError } from '@ice-runtime/kernel'
import { maxSessionsPerWorker, stopGraceMs } from './limits.ts'
import type { LoadedCode, SessionRef, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts'
import { startWorkerThread } from './worker-thread.ts'
import type { WorkerThread } from './worker-thread.ts'

/** A session's place on a lane. The session sets what it wants to hear. */
export interface Seat {
  readonly ref: SessionRef
  onReply: (reply: WorkerReply) => void
  /** The thread is gone, and a new one starts when something is sent. `culprit` when it was this session's turn that ended it. */
  onLost: (culprit: boolean, why: string) => void
  /** For requests that are answered. */
  send(request: WorkerRequest & SessionRef): void
  /** Gives the place up: interrupts what runs, drops what waits. Idempotent. */
  leave(): void
}

/** One thread and its successors: requests go in, replies come back in the same order. */
export interface WorkerLane extends AsyncDisposable {
  /** Sessions seated. */
  load(): number
  sit(session: number, code: LoadedCode): Seat
}

/** Starts a thread when the first request is sent. */
export function openWorkerLane(makeSetup: (stops: SharedArrayBuffer) => WorkerSetup, turnDeadlineMs: number): WorkerLane {
  const stopTable = new SharedArrayBuffer(maxSessionsPerWorker * Int32Array.BYTES_PER_ELEMENT)
  const stops = new Int32Array(stopTable)
  const freeSlots = Array.from({ length: maxSessionsPerWorker }, (_, index) => index)
  const seats = new Map<number, Seat>()
  const thread = openThreadKeeper({ makeSetup: () => makeSetup(stopTable), turnDeadlineMs, seats })
  return {
    load: () => seats.size,
    sit(session, code) {
      const slot = freeSlots.shift()
      if (slot === undefined) throw new IceError('runtime.overloaded', `more than ${maxSessionsPerWorker} agents on one thread`)
      const ref = { session, slot }
      const seat: Seat = {
        ref,
        onReply: () => undefined,
        onLost: () => undefined,
        send: (request) => thread.send(code, request),
        leave() {
          if (!seats.delete(session)) return
          Atomics.store(stops, slot, session)
          thread.tell({ type: 'close', ...ref })
          thread.hurry(session)
          // The slot unused longest is given out first, so that a stop of its next user cannot hide this one from a turn still running.
          freeSlots.push(slot)
        },
      }
      seats.set(session, seat)
      return seat
    },
    [Symbol.asyncDispose]: () => thread.end(),
  }
}

interface KeeperParts {
  readonly makeSetup: () => WorkerSetup
  readonly turnDeadlineMs: number
  readonly seats: ReadonlyMap<number, Seat>
}

interface ThreadKeeper {
  /** For requests that are answered. */
  send(code: LoadedCode, request: WorkerRequest & SessionRef): void
  /** For requests that are not, and mean nothing to a thread that never was. */
  tell(request: WorkerRequest): void
  /** Nobody waits for this session's turn any more: if it is the one that runs, its thread has `stopGraceMs` to get past it. */
  hurry(session: number): void
  end(): Promise<void>
}

/** Keeps at most one thread running, and watches the turn at the head: replies come in order, so that is the one that runs. */
function openThreadKeeper({ makeSetup, turnDeadlineMs, seats }: KeeperParts): ThreadKeeper {
  const flights: number[] = []
  let thread: WorkerThread | undefined
  let deadline: NodeJS.Timeout | undefined

  const watch = (afterMs: number): NodeJS.Timeout => setTimeout(() => void lose('a turn took too long and its thread was ended'), afterMs)
  const rest = (): void => {
    clearTimeout(deadline)
    deadline = undefined
    thread?.hold(false)
  }
  const lose = (why: string): Promise<void> => {
    const culprit = flights[0]
    const gone = thread
    rest()
    thread = undefined
    flights.length = 0
    for (const seat of Array.from(seats.values())) seat.onLost(seat.ref.session === culprit, why)
    return gone?.end() ?? Promise.resolve()
  }
  const onReply = (reply: WorkerReply): void => {
    flights.shift()
    if (flights.length === 0) rest()
    else {
      clearTimeout(deadline)
      deadline = watch(turnDeadlineMs)
    }
    seats.get(reply.session)?.onReply(reply)
  }
  return {
    send(code, request) {
      thread ??= startWorkerThread(makeSetup(), { onReply, onGone: (why) => void lose(why) })
      if (request.type === 'start' || request.type === 'inspect') thread.load(code)
      if (flights.length === 0) {
        thread.hold(true)
        deadline = watch(turnDeadlineMs)
      }
      flights.push(request.session)
      thread.send(request)
    },
    tell(request) {
      thread?.send(request)
    },
    hurry(session) {
      if (flights[0] !== session) return
      clearTimeout(deadline)
      deadline = watch(Math.min(stopGraceMs, turnDeadlineMs))
    },
    async end() {
      flights.length = 0
      for (const seat of Array.from(seats.values())) seat.onLost(true, 'the pool of agent threads is closed')
      await lose('the pool of agent threads is closed')
    },
  }
}
