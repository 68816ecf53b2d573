import { constants } from 'node:fs'
import { nativeCalls } from '@ice-runtime/isolation'
import type { SystemCalls } from '@ice-runtime/isolation'
import type { Driver, Receipt, Store } from '@ice-runtime/kernel'
import type { Scenario } from './scenarios.ts'
import type { Steps } from './steps.ts'

/** When the store writes: each time is one transaction with everything queued, and one sync. */
interface StoreTimers {
  soon(task: () => void): void
  later(task: () => void, ms: number): () => void
}

/** The store's timers, with a step before each group is committed and one after. `each` commits at once what is asked for now. */
export function steppedTimers(steps: Steps, commits: Scenario['commits']): StoreTimers {
  const stepped = (task: () => void) => (): void => {
    steps.before('log: commit a group')
    task()
    steps.before('log: tell who waits')
  }
  return {
    soon: (task) => (commits === 'each' ? stepped(task)() : void setImmediate(stepped(task))),
    later: (task, ms) => {
      const timer = setTimeout(stepped(task), ms)
      return () => clearTimeout(timer)
    },
  }
}

/** A store in which nothing waits for anything else to share its commit. */
export function committingEach(store: Store): Store {
  return { ...store, log: { ...store.log, append: (request) => store.log.append({ ...request, urgency: 'now' }) } }
}

/** The system calls of the workspace, with a step before each that changes something. A write is also cut in its middle. */
export function steppedCalls(steps: Steps): SystemCalls {
  const real = nativeCalls()
  const stepped =
    <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result): ((...args: Args) => Result) =>
    (...args) => {
      steps.before(`files: ${name}`)
      return call(...args)
    }
  return {
    ...real,
    openBeneath: (request) => {
      if ((request.flags & constants.O_CREAT) !== 0) steps.before('files: create')
      return real.openBeneath(request)
    },
    write: (fd, bytes) => {
      const middle = bytes.length >> 1
      steps.before('files: write')
      real.write(fd, bytes.subarray(0, middle))
      steps.before('files: write the rest')
      real.write(fd, bytes.subarray(middle))
    },
    sync: stepped('sync', real.sync),
    setMode: stepped('set a mode', real.setMode),
    makeDirectory: stepped('make a directory', real.makeDirectory),
    makeLink: stepped('make a link', real.makeLink),
    unlink: stepped('unlink', real.unlink),
    removeDirectory: stepped('remove a directory', real.removeDirectory),
    rename: stepped('rename', real.rename),
  }
}

/** A driver with a step before it acts on the outside and one after, before anybody knows. */
export function steppedDriver(driver: Driver, steps: Steps): Driver {
  return {
    ...driver,
    perform: async (prepared, context): Promise<Receipt> => {
      steps.before(`effect: send ${driver.action}`)
      try {
        return await driver.perform(prepared, context)
      } finally {
        steps.before(`effect: hear of ${driver.action}`)
      }
    },
  }
}
