import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { IceError } from '@ice-runtime/kernel'
import type { Fate } from '../append/pending-group.ts'
import type { Synchronous } from './database.ts'
import { lastMessage, packGroup } from './group-message.ts'
import type { GroupReply, WriterSetup } from './group-message.ts'
import type { GroupContent } from './group-writer.ts'

/** Longest wait for the thread's answer: far above any sync, and what is not answered by then is unknown. */
const answerTimeoutMs = 60_000

/** The writer thread as the thread sees it that hands groups over. */
export interface WriterLink {
  /** True while it takes a group: it has opened, lives, and has answered for the last one. */
  readonly isFree: boolean
  write(content: GroupContent, landed: (fate: Fate) => void): void
  /** Hears the answer if it is there already. */
  poll(): void
  /** Waits for the answer, if one is due, without turning the event loop; whoever hears of it has on return. */
  finish(): void
  /** Resolves when the thread holds nothing of the log any more. */
  end(): Promise<void>
  /** Ends the thread wherever it is; what it has is then unknown. */
  kill(): void
}

/** Starts the thread and returns at once. It keeps the process alive only while it has a group. */
export function startWriterThread(path: string, synchronous: Synchronous): WriterLink {
  const { port1: port, port2 } = new MessageChannel()
  const demands = countDemands()
  const worker = workerOver({ path, synchronous, port: port2, answers: demands.answers })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  let isOpen = false
  let isLost = false
  let landed: ((fate: Fate) => void) | undefined = (fate) => (isOpen = fate.durable)

  function land(fate: Fate): void {
    const told = landed
    landed = undefined
    port.unref()
    told?.(fate)
  }

  function lose(cause: unknown): void {
    isOpen = false
    isLost = true
    land({ durable: false, cause: new IceError('store.failed', 'the thread that writes the log ended', { cause }) })
  }

  function receive(): void {
    const reply = receiveMessageOnPort(port)
    if (reply === undefined) lose('it does not answer')
    else land(fateIn(reply.message as GroupReply))
  }

  const kill = (): void => void worker.terminate()

  port.on('message', (reply: GroupReply) => land(fateIn(reply)))
  port.unref()
  worker.on('error', lose)
  worker.on('exit', () => lose(undefined))
  worker.unref()

  return {
    get isFree() {
      return isOpen && landed === undefined
    },
    write(content, told) {
      const message = packGroup(content)
      landed = told
      demands.add()
      port.ref()
      port.postMessage(message, [message.bytes.buffer, message.places.buffer])
    },
    poll() {
      if (landed !== undefined && demands.isAnswered()) receive()
    },
    finish() {
      if (landed === undefined) return
      demands.wait()
      receive()
    },
    async end() {
      worker.ref()
      port.postMessage(lastMessage)
      // One that is lost reads no message.
      if (isLost) kill()
      await ended
      isOpen = false
      port.close()
    },
    kill,
  }
}

interface Demands {
  /** Counted up by the thread. */
  readonly answers: Int32Array<SharedArrayBuffer>
  add(): void
  isAnswered(): boolean
  wait(): void
}

/** Opening is the first demand. An answer may be here before it is counted, so only the counts say which demand has one. */
function countDemands(): Demands {
  const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  let demands = 1
  return {
    answers,
    add() {
      demands = (demands + 1) | 0
    },
    isAnswered: () => Atomics.load(answers, 0) === demands,
    wait() {
      for (let count = Atomics.load(answers, 0); count !== demands; count = Atomics.load(answers, 0)) {
        if (Atomics.wait(answers, 0, count, answerTimeoutMs) === 'timed-out') return
      }
    },
  }
}

function workerOver(setup: WriterSetup): Worker {
  const fromSource = import.meta.url.endsWith('.ts')
  return new Worker(new URL(fromSource ? './writer-thread.ts' : './writer-thread.js', import.meta.url), {
    workerData: setup,
    transferList: [setup.port],
    env: {},
    execArgv: fromSource ? ['--conditions=source'] : [],
  })
}

function fateIn(reply: GroupReply): Fate {
  if (reply.durable) return reply
  const { code, message, hint } = reply
  return { durable: false, cause: new IceError(code, message, hint === undefined ? {} : { hint }) }
}
