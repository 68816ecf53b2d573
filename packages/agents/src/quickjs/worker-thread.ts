import { Worker } from 'node:worker_threads'
import { maxLoadedBundles, workerStackMb } from './limits.ts'
import type { BundleKey, LoadedCode, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts'

export interface WorkerThread {
  send(request: WorkerRequest): void
  /** Sends a bundle unless the thread has it, and drops the one unused longest when there are too many. */
  load(code: LoadedCode): void
  /** Whether the thread keeps the process alive. */
  hold(held: boolean): void
  /** Nothing is heard of it afterwards. */
  end(): Promise<void>
}

export interface ThreadListener {
  onReply(reply: WorkerReply): void
  /** Once, with what is known about why; not after `end`. */
  onGone(why: string): void
}

/** Starts a thread that hosts realms: no environment, no arguments, a stack of its own size. */
export function startWorkerThread(setup: WorkerSetup, listener: ThreadListener): WorkerThread {
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: setup,
    resourceLimits: { stackSizeMb: workerStackMb },
    env: {},
    execArgv: [],
  })
  const loaded = new Set<BundleKey>()
  let live = true
  const gone = (why: string): void => {
    if (live) listener.onGone(why)
    live = false
  }
  worker.on('message', (reply: WorkerReply) => {
    if (live) listener.onReply(reply)
  })
  worker.on('error', (error) => gone(error instanceof Error ? error.message : String(error)))
  worker.on('exit', () => gone('its thread ended'))
  const send = (request: WorkerRequest): void => worker.postMessage(request)
  return {
    send,
    load({ key, code, maxMemoryBytes }) {
      const known = loaded.delete(key)
      const oldest = known || loaded.size < maxLoadedBundles ? undefined : loaded.values().next().value
      loaded.add(key)
      if (known) return
      if (oldest !== undefined) {
        loaded.delete(oldest)
        send({ type: 'unload', bundle: oldest })
      }
      send({ type: 'load', bundle: key, code, maxMemoryBytes })
    },
    hold(held) {
      if (held) worker.ref()
      else worker.unref()
    },
    async end() {
      live = false
      await worker.terminate()
    },
  }
}
