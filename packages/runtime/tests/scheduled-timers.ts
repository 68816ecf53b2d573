import type { Timers } from '@ice-runtime/stores/volatile'

/** Resolves when a schedule says so. */
export type Turn = (label: string) => Promise<void>

/** Timers for which a schedule decides when each task is done. */
export function timersBy(turn: Turn): Timers {
  return {
    soon: (task: () => void) => void turn('write').then(task),
    later: (task: () => void) => {
      let isOff = false
      void turn('write later').then(() => isOff || task())
      return () => {
        isOff = true
      }
    },
  }
}
