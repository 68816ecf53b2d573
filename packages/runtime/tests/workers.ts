import { countedIds, plainGrant, plainPrincipal, steppedTime, verifies } from '@ice-runtime/conformance'
import type { SteppedTime } from '@ice-runtime/conformance'
import { createCatalog } from '@ice-runtime/effects'
import { builtinPolicy, parseLogId, runsView } from '@ice-runtime/kernel'
import type { AgentHost, Driver, IceEntry, RunId, Store } from '@ice-runtime/kernel'
import { createRuntime, readEntries, verifyStore } from '@ice-runtime/runtime'
import type { PolicyInForce, RunHandle, RunRequest, Runtime } from '@ice-runtime/runtime'
import { openVolatileStore } from '@ice-runtime/stores/volatile'
import type { VolatileStoreOptions } from '@ice-runtime/stores/volatile'
import { sha256 } from './place.ts'

/** Several runtimes over one log, as several workers have it. */
export interface Workers extends AsyncDisposable {
  readonly store: Store
  worker(options?: WorkerOptions): Worker
  entries(run: RunId): readonly IceEntry[]
  types(run: RunId): readonly string[]
  /** The time of all workers. */
  readonly time: SteppedTime
  /** What `ice verify` finds wrong, across all streams in the order of the log. */
  violations(): readonly string[]
}

export interface Worker {
  readonly runtime: Runtime
  start(agent: AgentHost, more?: Partial<RunRequest>): Promise<RunHandle>
}

export interface WorkerOptions {
  /** Begins the ids it gives. Those of an earlier life of the log must not be given again. */
  readonly name?: string
  readonly drivers?: readonly Driver[]
  readonly policy?: PolicyInForce
  readonly agents?: readonly AgentHost[]
}

export function newWorkers(options: Partial<VolatileStoreOptions> = {}, store: Store = openVolatile(options)): Workers {
  let workersCount = 0
  const open: Runtime[] = []
  const time = steppedTime()
  return {
    store,
    time,
    worker: (more = {}) => {
      workersCount += 1
      const worker = openWorker({ store, time, name: more.name ?? `w${workersCount}x` }, more)
      open.push(worker.runtime)
      return worker
    },
    entries: (run) => readEntries(store.log, run),
    types: (run) => readEntries(store.log, run).map(({ type }) => type),
    violations: () => verifyStore(store, sha256).violations.map(({ law, stream, seq }) => `${law} ${stream}#${seq}`),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(open.map(async (runtime) => await runtime.close('suspend')))
      await store.close()
    },
  }
}

function openVolatile(options: Partial<VolatileStoreOptions>): Store {
  return openVolatileStore({ logId: parseLogId('log_manyworkers0'), sha256, views: [runsView], lingerMs: 1, ...options })
}

const toldAtOnce = ['test.send']

interface At {
  readonly store: Store
  readonly time: SteppedTime
  readonly name: string
}

function openWorker({ store, time, name }: At, { drivers = [], policy, agents = [] }: WorkerOptions): Worker {
  const catalog = createCatalog(drivers, sha256)
  const builtin = builtinPolicy(sha256, toldAtOnce)
  const hosts = new Map(agents.map((agent) => [agent.identity.digest, agent]))
  const runtime = createRuntime({
    store,
    sha256,
    verifies,
    clock: time,
    timers: time,
    ids: countedIds(name),
    policy: policy ?? (() => builtin),
    agent: ({ digest }) => hosts.get(digest),
    world: () => ({ catalog, workspace: undefined }),
    validators: [],
    isolation: [],
    runtimeName: 'worker 1',
  })
  const start: Worker['start'] = async (agent, more = {}) => {
    hosts.set(agent.identity.digest, agent)
    return await runtime.start({ agent, input: null, principal: plainPrincipal, grants: [plainGrant], validators: [], ...more })
  }
  return { runtime, start }
}
