import type { AppendRequest, Store } from '@ice-runtime/kernel'

/** A store that a test can cut off from the runtime above it. */
export interface CutStore {
  readonly store: Store
  /** Requests that have come in, and how many entries they brought. */
  readonly requests: readonly AppendRequest[]
}

/**
 * The store as a runtime sees it that dies: from the first request on that `cutAt` names, nothing enters any more and nobody is
 * answered. What is above stands still as a killed process does; what is below is whole and can be opened again.
 */
export function cutStore(store: Store, cutAt: (request: AppendRequest, index: number) => boolean): CutStore {
  const requests: AppendRequest[] = []
  let isCut = false
  return {
    requests,
    store: {
      ...store,
      get healthy() {
        return store.healthy
      },
      log: {
        ...store.log,
        append: async (request) => {
          isCut ||= cutAt(request, requests.length)
          if (isCut) return await new Promise(() => undefined)
          requests.push(request)
          return await store.log.append(request)
        },
        flush: async () => (isCut ? await new Promise(() => undefined) : await store.log.flush()),
      },
    },
  }
}
