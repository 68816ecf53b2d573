import { createHash } from 'node:crypto'
import { plainPrincipal, steppedTime, verifies } from '@ice-runtime/conformance'
import type { SteppedTime } from '@ice-runtime/conformance'
import { createCatalog } from '@ice-runtime/effects'
import { builtinPolicy, createScrubber, digestFromBytes, parseLogId, parseRunId, views } from '@ice-runtime/kernel'
import type { Driver, Sha256, Store } from '@ice-runtime/kernel'
import { createHolding, openStandingOrders } from '@ice-runtime/runtime/host'
import type { HostParts, HostSession } from '@ice-runtime/runtime/host'
import { openVolatileStore } from '@ice-runtime/stores/volatile'

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()
const hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Known to every place, and in no record of it. */
export const knownSecret = 'a-secret-of-this-test'

export const hostDriver: Driver = {
  action: 'notes.write',
  version: 1,
  description: 'The host writes a note.',
  argsSchema: {},
  facts: {},
  performer: 'host',
  deadlineMs: 1,
  prepare: (args) => ({ action: 'notes.write', args, resources: ['note:a'], facts: {}, class: 'irreversible', cost: {} }),
  perform: () => Promise.reject(new Error('a host performs it')),
  describe: () => 'write a note',
}

export function hostSession(name: string, drivers: readonly Driver[] = [hostDriver]): HostSession {
  return {
    agent: { name: 'notes', version: '1', kind: 'host', digest: digestFromBytes(sha256(new Uint8Array())) },
    principal: plainPrincipal,
    input: { session: name },
    catalog: createCatalog(drivers, sha256),
    firstGrants: [{ actions: ['notes.write'], resources: ['note:**'], class: 'irreversible', egress: [] }],
    usualGrants: [{ actions: ['notes.write'], resources: ['note:**'], class: 'irreversible', egress: [] }],
    runId: (link) => parseRunId(`run_${hex(`${name} ${link}`).slice(0, 24)}`),
  }
}

export interface HostPlace {
  readonly store: Store
  readonly time: SteppedTime
  readonly parts: HostParts
}

/** A log of its own for each test, and what host runs need over it. */
export function openHostPlace(time: SteppedTime = steppedTime()): HostPlace {
  const store = openVolatileStore({ logId: parseLogId('log_hosttests00000'), sha256, views })
  const context = { logId: store.log.logId, sha256, allocate: (sizeBytes: number) => new Uint8Array(sizeBytes) }
  const policy = builtinPolicy(sha256)
  const proofs = { sha256, verifies }
  const holding = createHolding()
  const standing = openStandingOrders({
    log: store.log,
    holding,
    clock: time,
    context,
    proofs,
    policy: () => policy,
    onMoved: () => undefined,
  })
  const secrets = { scrubber: createScrubber([knownSecret]) }
  return { store, time, parts: { store, clock: time, context, holding, standing, secrets, runtimeName: 'tests' } }
}
