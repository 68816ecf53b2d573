import type { AppendRequest, Store, StreamId } from '@ice-runtime/kernel'

/** A store that a test can cut off from the runtime above it. */
export interface CutStore {
  readonly store: Store
  /** Resolves when the first request was cut off. */
  readonly cut: Promise<void>
}

/**
 * The store as a runtime sees it that dies: from the first request on that `cutAt` names, nothing of its streams enters any more and
 * nobody is answered. What is above stands still as a killed process does; what is below is whole and can be opened again.
 */
export function cutStore(store: Store, cutAt: (request: AppendRequest, index: number) => boolean): CutStore {
  const dead = new Set<StreamId>()
  const cut = Promise.withResolvers<void>()
  let requestsCount = 0
  return {
    cut: cut.promise,
    store: {
      ...store,
      get healthy() {
        return store.healthy
      },
      log: {
        ...store.log,
        append: async (request) => {
          const streams = new Set(request.entries.map(({ sealed }) => sealed.stream))
          if (cutAt(request, requestsCount)) for (const stream of streams) dead.add(stream)
          requestsCount += 1
          if ([...streams].some((stream) => dead.has(stream))) {
            cut.resolve()
            return await new Promise(() => undefined)
          }
          return await store.log.append(request)
        },
        flush: async () => (dead.size > 0 ? await new Promise(() => undefined) : await store.log.flush()),
      },
    },
  }
}
