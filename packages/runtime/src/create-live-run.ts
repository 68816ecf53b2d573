import type { AgentHost } from '@ice-runtime/kernel'
import type { LoadedRun } from './load-run.ts'
import type { World } from './options.ts'
import { createRunWriter } from './run/run-writer.ts'
import { isConflict, stopped } from './run/live-run.ts'
import { asTold } from './run/unwritable.ts'
import type { Above, LiveRun, News } from './run/live-run.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** Puts a run to life in this process: a writer on its tip and the means to wake who waits for it. */
export function createLiveRun(
  loaded: LoadedRun,
  about: { readonly host: AgentHost; readonly world: World; readonly above?: Above },
  parts: RuntimeParts,
): LiveRun {
  const { id } = loaded.tip.run
  const stopping = new AbortController()
  const children = new Set<LiveRun>()
  let failure: Error | undefined
  const { moved, wake } = createMoves()
  const fail = (error: Error): void => {
    // The first is the cause of the others. A second one wakes nobody: those who pass it on among relatives would wake each other for ever.
    if (failure !== undefined) return
    failure = asTold(error)
    // What others wrote is no reason to break off what is under way: it ends as it ends, and the run is loaded again.
    if (isConflict(failure)) writer.halt(failure)
    else stopping.abort(stopped)
    wake()
  }
  let underWay: AbortController | undefined
  const interrupt = (): void => {
    underWay?.abort(stopped)
    underWay = undefined
  }
  const acting = (): AbortSignal => (stopping.signal.aborted ? stopping.signal : (underWay ??= new AbortController()).signal)
  const writer = createRunWriter(loaded.tip, {
    log: parts.store.log,
    holding: parts.holding,
    heldEntries: parts.limits.heldEntries,
    clock: parts.clock,
    context: parts.context,
    scrubber: parts.secrets.scrubber,
    standing: parts.standing,
    catalog: about.world.catalog.digest,
    onLost: fail,
    onMoved: wake,
  })
  let watched: Disposable | undefined
  const watch = (timer: Disposable | undefined): void => {
    watched?.[Symbol.dispose]()
    watched = timer
  }
  const stop = (): void => {
    watch(undefined)
    interrupt()
    wake()
  }
  stopping.signal.addEventListener('abort', stop, { once: true })
  const history = loaded.history
  const { host, world, above } = about
  const state = { stopping, acting, interrupt, moved, wake, watch, fail, failure: () => failure }
  return { id, writer, host, world, above, children, history, ...state, ...createTelling() }
}

/** One promise for all who wait, made when somebody does: a run moves through most of its phases without anybody who waits. */
function createMoves(): Pick<LiveRun, 'moved' | 'wake'> {
  let move: PromiseWithResolvers<void> | undefined
  return {
    wake: () => {
      const woken = move
      move = undefined
      woken?.resolve()
    },
    moved: () => {
      move ??= Promise.withResolvers()
      return move.promise
    },
  }
}

/** Keeps what was found out until somebody hears it. */
function createTelling(): Pick<LiveRun, 'tell' | 'hear'> {
  const untold: News[] = []
  let listener: ((news: News) => void) | undefined
  return {
    tell: (news) => {
      if (listener === undefined) untold.push(news)
      else listener(news)
    },
    hear: (next) => {
      listener = next
      for (const news of untold.splice(0)) next(news)
    },
  }
}
