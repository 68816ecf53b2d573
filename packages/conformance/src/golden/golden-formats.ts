import { emptyHead, evolve, initialRun, parseRunId, parseSubjectId, seal, stateHash, systemStream, taxonomy } from '@ice-runtime/kernel'
import type { EncryptedField, NewEvent, Run, RunId, SealedEntry, StreamHead, StreamId } from '@ice-runtime/kernel'
import { digestOf, requestOf, tellingContext, tellingStart, toldRequest, wideGrant } from '../kernel/run-world.ts'
import type { GoldenLog } from './golden-log.ts'

const parent = parseRunId('run_0000000parent')
const child = parseRunId('run_00000000child')
const operator = parseSubjectId('sub_000000000ops')
const secret: EncryptedField = { subject: operator, algorithm: 'aes-256-gcm', nonce: 'AAECAwQFBgcICQoL', data: 'c2VhbGVkIHVuZGVyIGEga2V5IGtlcHQgZWxzZXdoZXJl' }
const signature = 'A'.repeat(86)
const prepared = { args: { value: { to: 'ops' } }, resources: ['mail:ops'], facts: { count: 2, urgent: true, to: ['ops'] }, class: 'irreversible', cost: { moneyMicro: 'unknown', tokens: 1, sizeBytes: 2, computeMs: 3 }, label: 'untrusted/secret', egress: { destinations: ['mail:ops'] } } as const
const answered = { approval: 5, binds: digestOf('bound'), by: operator, signature, comment: secret }

type Said = readonly [stream: StreamId, event: NewEvent]

function say<Type extends NewEvent['type']>(stream: StreamId, type: Type, payload: Extract<NewEvent, { type: Type }>['payload'], more: Partial<NewEvent> = {}): Said {
  return [stream, { type, origin: taxonomy[type].origins[0], causes: [], payload, ...more } as NewEvent]
}

/** What a version can store and does not decide yet, each type once: a later version that decides it finds its format here. */
const said: readonly Said[] = [
  say(systemStream, 'OperatorAdded', { subject: operator, name: secret, publicKey: 'A'.repeat(43), roles: ['ops', 'policy'], by: operator }),
  say(systemStream, 'PolicyAdopted', { policy: digestOf('policy 2'), previous: digestOf('policy 1'), by: operator }),
  say(systemStream, 'KeyRotated', { purpose: 'checkpoint', publicKey: 'ed25519:BBBB', previous: 'ed25519:AAAA' }),
  say(systemStream, 'LockdownSet', { on: true, agent: 'teller', reason: 'it went wrong', by: operator }),
  say(systemStream, 'LockdownSet', { on: false, reason: 'all is well', by: operator }),
  say(systemStream, 'HostConfigured', { host: 'claude-code', observe: true, grants: [{ ...wideGrant, egress: ['mcp:**'] }], by: operator }),
  say(systemStream, 'CheckpointSigned', { size: 6, root: digestOf('root'), note: `log_0000000golden\n6\nAAAA\n\n— ops ${signature}\n` }),
  say(systemStream, 'CapabilityRevoked', { grant: `${parent}#2` as never, reason: 'no longer needed' }, { origin: 'operator' }),
  say(systemStream, 'OperatorRemoved', { subject: operator, reason: 'left', by: operator }),
  say(systemStream, 'MemoryErased', { subject: operator, memories: [`${parent}#16` as never] }),

  say(parent, 'RunRequested', { ...toldRequest, principal: { ...toldRequest.principal, kind: 'service', authenticated: 'operator-key', name: secret } }),
  say(parent, 'CapabilityGranted', { holder: 'teller', terms: { ...wideGrant, uses: 3, rate: { uses: 1, perMs: 1000 }, sizeBytes: 100, moneyMicro: 5, tokens: 6, computeMs: 7, clearance: 'private', notBefore: 1, expires: 2, delegable: 1 }, by: operator, parent: 'system#1' as never }, { origin: 'operator' }),
  say(parent, 'CapabilityDelegated', { grant: 2, child, terms: { ...wideGrant, uses: 1 } }),
  say(parent, 'ActionProposed', { action: 'mail.send', args: { blob: digestOf('args'), sizeBytes: 9000 }, reason: 'they asked', atOnce: true, after: 0, key: 0 }),
  say(parent, 'ApprovalRequested', { action: 4, request: requestOf(prepared), binds: digestOf('bound'), grant: 2, obligations: [{ type: 'approval', from: 'ops', count: 2, notRequester: true }], rules: ['policy.cedar:7'], prepared, deferred: false, expires: tellingStart + 1000 }, { causes: [4] }),
  say(parent, 'ApprovalGiven', { ...answered, scope: 'run', edited: { request: digestOf('edited'), prepared } }),
  say(parent, 'ApprovalDenied', answered),
  say(parent, 'ApprovalExpired', { approval: 5 }),
  say(parent, 'ActionAuthorized', { action: 4, request: requestOf(prepared), grant: 2, rules: ['policy.cedar:1'], prepared, approval: 5, edited: true }),
  say(parent, 'CapabilityExpired', { grant: 2 }),
  say(parent, 'BudgetEscrowed', { child, cost: { moneyMicro: 100, tokens: 10 }, steps: 20, calls: 10 }),
  say(parent, 'ChildSpawned', { action: 4, child, ceilings: { steps: 20, wallMs: 1000, cost: { moneyMicro: 100, tokens: 10 } } }),
  say(parent, 'ChildEnded', { child, outcome: 'aborted', code: 'files.conflict', conflict: 'out/report.md', used: [{ count: 1, cost: { moneyMicro: 60 } }], left: 1 }, { causes: [`${child}#5` as never] }),
  say(parent, 'BudgetReturned', { child, cost: { moneyMicro: 40, tokens: 10 }, spent: { moneyMicro: 60 }, steps: 3, calls: 2 }),
  say(parent, 'ActionCompensated', { action: 4, by: 4, result: { value: null } }),
  say(parent, 'MemoryCandidateProposed', { schema: 'fact/1', key: 'ops', value: { value: { text: 'they answer mail' } }, evidence: [`${parent}#14` as never, `${child}#1` as never], label: 'untrusted/private', confidenceMilli: 900 }),
  say(parent, 'MemoryPromoted', { candidate: `${parent}#16` as never, version: 1, validFrom: tellingStart, expires: tellingStart + 1, rules: ['memory.cedar:1'] }),
  say(parent, 'MemorySuperseded', { memory: `${parent}#17` as never, by: `${child}#4` as never }),
  say(parent, 'MemoryExpired', { memory: `${parent}#17` as never }),
  say(parent, 'MemoryInvalidated', { memory: `${parent}#17` as never, reason: 'its source was wrong', descendants: [`${child}#4` as never] }),
  say(parent, 'MemoryRestored', { memory: `${parent}#17` as never, reason: 'it was right' }),
  say(parent, 'MemoryQuarantined', { candidate: `${parent}#16` as never, code: 'memory.untrusted' }),
  say(parent, 'LabelDeclassified', { entry: `${parent}#14` as never, from: 'trusted/secret', to: 'trusted/public', reason: 'published', by: operator }),
  say(parent, 'ActionInherited', { child, from: `${child}#2` as never, action: 'mail.send', args: { value: { to: 'ops' } }, request: requestOf(prepared), grant: 2, prepared: { ...prepared, spawn: { agent: toldRequest.agent, grants: [wideGrant], ceilings: { steps: 1, wallMs: 1, cost: {} } } }, approved: [{ type: 'approval', from: 'ops', count: 1 }] }, { causes: [`${child}#2` as never] }),

  say(child, 'RunRequested', { ...toldRequest, observe: true, agent: { ...toldRequest.agent, kind: 'host' }, parent: { run: parent, action: 4, agents: ['teller'], label: 'untrusted/private', lineage: [[`${parent}#2` as never]] } }),
  say(child, 'ActionProposed', { action: 'files.write', after: 0, key: 0, performer: 'host' }, { origin: 'host' }),
  say(child, 'ActionSucceeded', { action: 2, result: { value: 'written' }, reported: true }, { origin: 'host' }),
  say(child, 'InferenceRequested', { model: 'scripted:a', context: digestOf('context') }, { origin: 'import' }),
  say(child, 'InferenceCompleted', { action: 2, verdict: 'proposal', code: 'none', detail: 'first try', raw: digestOf('raw') }),
  say(child, 'AssumptionDeclared', { text: 'the file is there', about: `${parent}#4` as never, files: ['a.md'], grants: [2] }),
  say(child, 'ActionRefused', { action: 2, code: 'policy.forbidden', stage: 'policy', observed: true }),
  say(child, 'RunResumed', { by: operator, renewed: { policy: digestOf('policy 2'), catalog: digestOf('catalog 2') } }),
  say(child, 'AbortStarted', { code: 'files.conflict', by: 'runtime', conflict: 'out/report.md' }),
  say(child, 'UncertaintyDeclared', { text: 'or it is not' }),
  say(child, 'RunMerged', { into: parent, changesCount: 1, releases: [2], memories: [3] }),
]

/** The formats in one log of three streams. Nobody decided them, so the laws have no say. */
export function goldenFormats(): GoldenLog {
  const heads = new Map<StreamId, StreamHead>()
  const runs = new Map<RunId, Run>()
  const entries: SealedEntry[] = []
  for (const [stream, event] of said) {
    const head = heads.get(stream) ?? emptyHead(stream, tellingContext)
    const body = { ...event, v: taxonomy[event.type].v, at: tellingStart + entries.length }
    const sealed = seal(body, head, tellingContext)
    heads.set(stream, { stream, seq: sealed.seq, hash: sealed.hash, at: body.at })
    if (stream !== systemStream) runs.set(stream, evolve(runs.get(stream) ?? initialRun(stream), { ...body, stream, seq: sealed.seq }))
    entries.push(sealed)
  }
  const states = Object.fromEntries(runs.entries().map(([id, run]) => [id, stateHash(run, tellingContext.sha256)]))
  return { logId: tellingContext.logId, decided: [], states, entries }
}
