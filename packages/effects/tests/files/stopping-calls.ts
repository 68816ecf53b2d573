import { constants } from 'node:fs'
import { nativeCalls } from '@ice-runtime/isolation'
import type { SystemCalls } from '@ice-runtime/isolation'

/** Thrown in place of a system call once the machine has stopped. */
export class MachineStopped extends Error {}

/** The real calls of a machine that stops before its call number `stopAt` that changes anything, and counts them. */
export interface StoppingMachine {
  readonly calls: SystemCalls
  readonly changes: () => number
  readonly syncs: () => number
}

/** A write stopped in the middle leaves half of its bytes, as a killed process does. Syncs are counted, not waited for. */
export function stoppingMachine(stopAt: number = Number.MAX_SAFE_INTEGER, onStop: () => void = () => undefined): StoppingMachine {
  const real = nativeCalls()
  let changes = 0
  let syncs = 0
  const change = (): void => {
    if (changes >= stopAt) {
      onStop()
      throw new MachineStopped(`stopped before change ${stopAt}`)
    }
    changes += 1
  }
  const before = <Args extends unknown[], Result>(call: (...args: Args) => Result): ((...args: Args) => Result) => {
    return (...args) => {
      change()
      return call(...args)
    }
  }
  return {
    changes: () => changes,
    syncs: () => syncs,
    calls: {
      ...real,
      openBeneath: (request) => {
        if ((request.flags & constants.O_CREAT) !== 0) change()
        return real.openBeneath(request)
      },
      write: (fd, bytes) => {
        if (changes >= stopAt) real.write(fd, bytes.subarray(0, bytes.length >> 1))
        change()
        real.write(fd, bytes)
      },
      sync: async () => {
        change()
        syncs += 1
      },
      setMode: before(real.setMode),
      makeDirectory: before(real.makeDirectory),
      makeLink: before(real.makeLink),
      unlink: before(real.unlink),
      removeDirectory: before(real.removeDirectory),
      rename: before(real.rename),
    },
  }
}
