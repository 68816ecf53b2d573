import type { Secrets, Store } from '@ice-runtime/kernel'
import type { OnAgentLog, RuntimeOptions, World } from '../options.ts'
import { guardWorld } from './guard-driver.ts'
import { noSecrets } from './no-secrets.ts'
import { scrubbingBlobs } from './scrubbing-blobs.ts'

/**
 * What a runtime is given, less every value it should not tell: nothing it keeps as content, does through a driver or passes on of an
 * agent's log holds one. Entries are looked through where they are written.
 */
export function keepSecrets<Options extends RuntimeOptions & { readonly onAgentLog?: OnAgentLog | undefined }>(
  options: Options,
): Options & Kept {
  const secrets = options.secrets ?? noSecrets()
  const { scrubber } = secrets
  const guarded = new WeakMap<World, World>()
  return {
    ...options,
    secrets,
    store: scrubbingStore(options.store, secrets),
    world: (workspace) => {
      const world = options.world(workspace)
      if (world === undefined) return undefined
      const known = guarded.get(world) ?? guardWorld(world, secrets)
      guarded.set(world, known)
      return known
    },
    onAgentLog: (run, level, text) => options.onAgentLog?.(run, level, scrubber.text(text)),
  }
}

interface Kept {
  readonly secrets: Secrets
  readonly onAgentLog: OnAgentLog
}

function scrubbingStore(store: Store, { scrubber }: Secrets): Store {
  return {
    log: store.log,
    views: store.views,
    blobs: scrubbingBlobs(store.blobs, scrubber),
    get healthy() {
      return store.healthy
    },
    rebuildViews: () => store.rebuildViews(),
    selfCheck: () => store.selfCheck(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
