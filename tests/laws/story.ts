import { evolve, initialRun, parseDigest, parseRunId, parseSubjectId } from '@ice-runtime/kernel'
import type { EventPayloads, EventType, GrantTerms, IceEntry, Origin, Run, StagedChange } from '@ice-runtime/kernel'

/** An event of the story, before it has its place. */
export interface Told {
  readonly type: EventType
  readonly origin: Origin
  readonly payload: object
  readonly at?: number
  readonly v?: number
  readonly causes?: readonly number[]
}

export function told<Type extends EventType>(type: Type, payload: EventPayloads[Type], more: Partial<Told> = {}): Told {
  return { type, payload, origin: type === 'ActionProposed' || type === 'OutputStated' ? 'agent' : 'runtime', ...more }
}

const stream = parseRunId('run_000000000000')
const digest = parseDigest('0'.repeat(64))

/** At its place, one millisecond after the one before. */
export function placed(event: Told, seq: number): IceEntry {
  const { type, origin, payload, at = seq, v = 1, causes = [] } = event
  // The story plants events that no writer would write, so their shape is asserted and not checked.
  return { stream, seq, type, origin, payload, at, v, causes } as unknown as IceEntry
}

export function runAfter(events: readonly Told[]): Run {
  return events.reduce((run, event, index) => evolve(run, placed(event, index + 1)), initialRun(stream))
}

export const terms: GrantTerms = {
  actions: ['files.*', 'ledger.*'],
  resources: ['file:**', 'ledger:**'],
  class: 'irreversible',
  egress: ['ledger:main'],
}
const ledger = { resources: ['ledger:main'], egress: { destinations: ['ledger:main'] } } as const
const file = { kind: 'file', blob: digest, sizeBytes: 1, mode: 0o644 } as const

export const proposal: { readonly file: Told; readonly post: Told; readonly wire: Told } = {
  file: told('ActionProposed', { action: 'files.write', after: 0, key: 0 }),
  post: told('ActionProposed', { action: 'ledger.post', after: 1, key: 1 }),
  wire: told('ActionProposed', { action: 'ledger.wire', after: 1, key: 1, atOnce: true }),
}

export function authorized(action: number, which: 'file' | 'post' | 'wire', more: Partial<EventPayloads['ActionAuthorized']> = {}): Told {
  const prepared = {
    file: { resources: ['file:a'], class: 'staged' },
    post: { ...ledger, class: 'keyed' },
    wire: { ...ledger, class: 'irreversible' },
  } as const
  const waits = which === 'post' ? { deferred: true } : {}
  return told('ActionAuthorized', { action, request: digest, grant: 3, rules: [], prepared: prepared[which], ...waits, ...more })
}

export function succeeded(action: number, more: Partial<EventPayloads['ActionSucceeded']> = {}): Told {
  return told('ActionSucceeded', { action, result: { value: null }, ...more })
}

export const changes: readonly StagedChange[] = [{ path: 'a', to: file, base: { kind: 'absent' } }]
export const dispatched = (action: number, attempt = 1): Told => told('ActionDispatched', { action, attempt })
export const committed: Told = told('RunCommitted', { releases: 'complete', unsent: [] })
export const decidedCommit = (releases: readonly number[]): Told =>
  told('RunCommitDecided', { changes: { value: [] }, changesCount: 1, releases, memories: [] })

const requested = told('RunRequested', {
  principal: {
    subject: parseSubjectId('sub_000000000000'),
    kind: 'person',
    authenticated: 'os-user',
    namespace: 'default',
    name: { subject: 'sub_000000000000', algorithm: 'aes-256-gcm', nonce: '', data: '' },
  },
  agent: { name: 'writer', version: '1', kind: 'function', digest },
  input: { value: null },
  grants: [terms],
  ceilings: { steps: 10, wallMs: 1000, cost: {} },
  validators: [],
  seed: 'seed',
})

/** A run in which everything goes well: a file is staged, a ledger entry deferred, and both are committed. */
export const story: readonly Told[] = [
  requested,
  told('ProvisioningStarted', {}),
  told('CapabilityGranted', { holder: 'writer', terms, by: 'request' }),
  told('RunProvisioned', { policy: digest, catalog: digest, runtime: 'test', isolation: [] }),
  told('ExecutionStarted', {}),
  proposal.file,
  authorized(6, 'file'),
  succeeded(6, { changes }),
  proposal.post,
  authorized(9, 'post'),
  told('OutputStated', { output: { value: null } }),
  told('ValidationStarted', {}),
  told('ValidationPassed', { checks: [] }),
  decidedCommit([9]),
  told('ChangeApplied', { index: 0, path: 'a' }),
  dispatched(9),
  succeeded(9),
  committed,
  told('RunTornDown', { outcome: 'committed', steps: 2, refused: 0, cost: {} }),
]

/** The story up to and including entry number `seq`. */
export function until(seq: number): readonly Told[] {
  return story.slice(0, seq)
}
