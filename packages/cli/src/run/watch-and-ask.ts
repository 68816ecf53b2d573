import type { Ice } from '@ice-runtime/ice'
import { readEntries } from '@ice-runtime/ice/record'
import { isPhaseEvent } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { askPeople } from '../approvals/ask-people.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { followRun } from './follow-run.ts'
import { newStory, watchRun } from './watch.ts'
import type { Watched, Watching } from './watch.ts'

/** Watches a run, and asks who sits here whenever it waits for people. Returns when it ends, or when only others can let it go on. */
export async function watchAndAsk(watching: Watching, options: OptionValues, terminal: Terminal): Promise<Watched> {
  const { ice, story = newStory() } = watching
  for (let { from } = watching; ;) {
    const watched = await watchRun({ ...watching, from, story }, terminal)
    if (watched.how !== 'waits' || watched.held.cause !== 'approval') return watched
    from = ice.store.log.lastPosition() + 1
    const { run } = watched.held
    const heldAt = lastMove(ice, run)
    const isStopped = await askWhileHeld({ ...watching, from }, run, { options, terminal })
    // What an answer led to is decided by now, and read from the log as anybody else would.
    if (ice.store.healthy) await ice.store.log.flush()
    // Answered here or elsewhere, expired or aborted meanwhile: there is more to see. Left for later: there is not.
    if (!isStopped && lastMove(ice, run) === heldAt) return watched
  }
}

/** Where the run moved last, so that one that was held again is told from one that still is. */
function lastMove({ store }: Pick<Ice, 'store'>, run: RunId): number {
  return readEntries(store.log, run).findLast(({ type }) => isPhaseEvent(type))?.seq ?? 0
}

/** Asks until the run moves by itself, or somebody stops this process, which is true then. */
async function askWhileHeld(
  { ice, from, signals }: Watching,
  run: RunId,
  { options, terminal }: { readonly options: OptionValues; readonly terminal: Terminal },
): Promise<boolean> {
  const over = new AbortController()
  let isStopped = false
  void signals.stopped.then(() => {
    isStopped = true
    over.abort()
  })
  const moving = untilMoved(ice.store.log, { id: run, from }, over)
  const { ask } = terminal
  const asking: Terminal = ask === undefined ? terminal : { ...terminal, ask: (question) => ask(question, over.signal) }
  await askPeople({ ice, run, options, environment: process.env }, asking)
  over.abort()
  await moving
  // Who interrupts a question interrupts the run, by a signal that takes a turn to arrive.
  await new Promise((resolve) => setImmediate(resolve))
  return isStopped
}

async function untilMoved(
  log: Parameters<typeof followRun>[0],
  run: Parameters<typeof followRun>[1],
  over: AbortController,
): Promise<void> {
  for await (const { type } of followRun(log, run, over.signal)) {
    if (type !== 'RunResumed' && type !== 'AbortStarted' && type !== 'RunTerminatedByRuntime') continue
    over.abort()
    return
  }
}
