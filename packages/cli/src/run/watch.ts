import { setTimeout } from 'node:timers/promises'
import type { Ice } from '@ice-runtime/ice'
import type { RunResult } from '@ice-runtime/ice/record'
import { decodeEntry, IceError } from '@ice-runtime/kernel'
import type { IceEntry, Position, RunId } from '@ice-runtime/kernel'
import { storyText } from '../story/story-layout.ts'
import { createTeller } from '../story/tell.ts'
import type { Teller } from '../story/tell.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { followRun } from './follow-run.ts'
import { heldRun } from './held-run.ts'
import type { HeldRun } from './held-run.ts'
import type { Signals } from './signals.ts'

/** Longest wait for work to finish after SIGTERM before it is suspended; supervisors kill after ten seconds or more. */
export const terminateGraceMs = 3000

/** Any interval keeps a process alive. */
const stayingMs = 60_000

/** How watching a run ended: with the run, or before it. */
export type Watched =
  | { readonly how: 'ended'; readonly result: RunResult }
  /** Only a person can let it go on, or a run below it that it waits for. */
  | { readonly how: 'waits'; readonly held: HeldRun }
  /** `result` is there when the run ended all the same while this process was stopping. */
  | { readonly how: 'SIGINT' | 'SIGTERM'; readonly result: RunResult | undefined }

export interface Watching {
  readonly ice: Ice
  readonly handle: { readonly id: RunId; readonly done: Promise<RunResult> }
  /** Entries from here on are shown. */
  readonly from: Position
  readonly signals: Signals
  /** What was told before is not told again, and is known by name; absent where nothing was. */
  readonly story?: Story
}

/** A story that goes on where it was left. */
export interface Story {
  readonly teller: Teller
  startedAt: number | undefined
}

export function newStory(): Story {
  return { teller: createTeller(), startedAt: undefined }
}

/** Shows a run as it becomes durable, and stays with it until it ends, waits for somebody, or this process is told to stop. */
export async function watchRun(watching: Watching, terminal: Terminal): Promise<Watched> {
  const { handle, signals } = watching
  const following = new AbortController()
  const waiting = Promise.withResolvers<Watched>()
  // A suspended run has nothing under way here, and is still waited for.
  const staying = setInterval(() => undefined, stayingMs)
  const onWaits = (held: HeldRun): void => waiting.resolve({ how: 'waits', held })
  const onFault = (error: unknown): void => {
    // A store that broke is the end of the run, which says more of it.
    if (!(error instanceof IceError) || !error.code.startsWith('store.')) waiting.reject(error)
  }
  const below = watchBelow(watching, { signal: following.signal, onWaits }).catch(onFault)
  const shown = showEntries(watching, { terminal, signal: following.signal, onWaits }).catch(onFault)
  try {
    const ended = handle.done.then((result): Watched => ({ how: 'ended', result }))
    const stopped = signals.stopped.then((how): Watched => ({ how, result: undefined }))
    const watched = await Promise.race([ended, stopped, waiting.promise])
    if (watched.how === 'ended') await shown
    return watched.how === 'SIGINT' || watched.how === 'SIGTERM' ? await stop(watching, watched.how) : watched
  } finally {
    clearInterval(staying)
    following.abort()
    await Promise.all([shown, below])
  }
}

interface Showing {
  readonly terminal: Terminal
  readonly signal: AbortSignal
  onWaits(held: HeldRun): void
}

async function showEntries({ ice, handle, from, story = newStory() }: Watching, { terminal, signal, onWaits }: Showing): Promise<void> {
  for await (const entry of followRun(ice.store.log, { id: handle.id, from }, signal)) {
    story.startedAt ??= entry.at
    if (terminal.json) terminal.data.line(entryJson(entry))
    else {
      const line = story.teller.tell(entry)
      if (line !== undefined) terminal.talk.line(storyText(line, story.startedAt, terminal.talk))
    }
    const held = entry.type === 'RunSuspended' ? heldRun(ice.store.log, handle.id) : undefined
    if (held !== undefined) onWaits(held)
  }
}

/** A run that waits for one below it has nothing to tell: what that one is held for is what both wait for. */
async function watchBelow({ ice, handle, from }: Watching, { signal, onWaits }: Omit<Showing, 'terminal'>): Promise<void> {
  const { log } = ice.store
  const before = heldRun(log, handle.id)
  if (before !== undefined && before.run !== handle.id) return onWaits(before)
  for await (const page of log.follow(from, signal)) {
    const isHeld = page.some((stored) => stored.stream !== handle.id && decodeEntry(stored).type === 'RunSuspended')
    const held = isHeld ? heldRun(log, handle.id) : undefined
    if (held !== undefined) onWaits(held)
  }
}

export function entryJson({ stream, seq, ...body }: IceEntry): string {
  return JSON.stringify({ stream, seq, ...body })
}

/** A person who interrupts wants it to stop where it is; a supervisor that terminates wants it finished or safe, soon. */
async function stop({ ice, handle }: Watching, how: 'SIGINT' | 'SIGTERM'): Promise<Watched> {
  const finished = handle.done.then(
    (result): RunResult | undefined => result,
    () => undefined,
  )
  if (how === 'SIGTERM') {
    const result = await Promise.race([finished, setTimeout(terminateGraceMs, undefined, { ref: false })])
    if (result !== undefined) return { how, result }
  } else await hold(ice, handle.id)
  await ice.runtime.close('suspend')
  return { how, result: await finished }
}

/** By the person, so that no later runtime goes on with it unasked. A run that cannot be held any more is about to end by itself. */
async function hold(ice: Ice, run: RunId): Promise<void> {
  try {
    await ice.runtime.suspend(run, { by: ice.principal.subject })
  } catch (error) {
    if (!(error instanceof IceError) || error.code !== 'usage.invalid') throw error
  }
}
