import { IceError } from '@ice-runtime/kernel'

/** One holder at a time, in the order of asking. */
export interface Turns {
  /** Throws `workspace.busy` when the turn does not come within `waitMs`. */
  take(waitMs: number): Promise<Disposable>
}

export function openTurns(): Turns {
  let isTaken = false
  const waiting = new Set<() => void>()
  const release = (): void => {
    const [next] = waiting
    if (next === undefined) isTaken = false
    else next()
  }
  return {
    take: async (waitMs) => {
      if (isTaken) {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => {
            waiting.delete(start)
            reject(workspaceBusy(waitMs))
          }, waitMs)
          const start = (): void => {
            clearTimeout(timer)
            waiting.delete(start)
            resolve()
          }
          waiting.add(start)
        })
      }
      isTaken = true
      let isHeld = true
      return {
        [Symbol.dispose]: () => {
          if (isHeld) release()
          isHeld = false
        },
      }
    },
  }
}

/** What someone who waited too long is told. */
export function workspaceBusy(waitMs: number): IceError {
  return new IceError('workspace.busy', `another commit holds the workspace for more than ${waitMs} ms`, {
    hint: 'try again when the other run has ended',
  })
}
