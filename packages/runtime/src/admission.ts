import { IceError } from '@ice-runtime/kernel'

/** A run's place among those at work or waiting. */
export interface Place extends Disposable {
  /** Resolves when there is room to work, first come first served; nothing to wait for when one is at work. */
  enter(): Promise<void> | undefined
  /** Lets another one work, while this one waits for somebody. */
  leave(): undefined
}

/** Lets a bounded number of runs work at once, and a bounded number wait. */
export interface Admission {
  /** Takes a place at once, so that a burst is counted while it is being recorded. Throws `runtime.overloaded` when all are taken. */
  ask(): Place
  /** For a run that is in the log already: it is owed its end, however many there are. */
  claim(): Place
}

/** For what takes no room of its own. */
export const noPlace: Place = { enter: () => Promise.resolve(), leave: () => undefined, [Symbol.dispose]: () => undefined }

interface State {
  readonly activeRuns: number
  readonly queue: (() => void)[]
  active: number
  taken: number
}

export function createAdmission(limits: { readonly activeRuns: number; readonly waitingRuns: number }): Admission {
  const { activeRuns, waitingRuns } = limits
  const state: State = { activeRuns, queue: [], active: 0, taken: 0 }
  return {
    ask: () => {
      if (state.taken < activeRuns + waitingRuns) return placeIn(state)
      throw new IceError('runtime.overloaded', `${state.active} runs are at work and ${state.taken - state.active} wait`, {
        hint: 'start fewer runs at once, or raise limits.waitingRuns',
      })
    },
    claim: () => placeIn(state),
  }
}

function placeIn(state: State): Place {
  let stage: 'waiting' | 'working' | 'left' = 'waiting'
  state.taken += 1
  const admitted = async (): Promise<void> => {
    if (state.active >= state.activeRuns) await new Promise<void>((resolve) => state.queue.push(resolve))
    else state.active += 1
    stage = 'working'
  }
  return {
    enter: () => (stage === 'working' ? undefined : admitted()),
    leave: () => {
      if (stage === 'working') passOn(state)
      if (stage !== 'left') stage = 'waiting'
      return undefined
    },
    [Symbol.dispose]: () => {
      if (stage === 'working') passOn(state)
      if (stage !== 'left') state.taken -= 1
      stage = 'left'
    },
  }
}

/** The one who waits longest takes over, so that the number at work stays as it is. */
function passOn(state: State): void {
  const next = state.queue.shift()
  if (next === undefined) state.active -= 1
  else next()
}
