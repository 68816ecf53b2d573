import { createHash } from 'node:crypto'
import { createLogVerifier, emptyHead, emptyTree, growTree, laws, parseLogId, seal, systemStream } from '@ice-runtime/kernel'
import type { SealContext, StoredEntry } from '@ice-runtime/kernel'
import { describe, expect, test } from 'vitest'
import {
  authorized,
  changes,
  committed,
  decidedCommit,
  dispatched,
  placed,
  proposal,
  runAfter,
  story,
  succeeded,
  terms,
  told,
  until,
} from './story.ts'
import type { Told } from './story.ts'

/** What the law says about `event` after `before`. */
function objection(id: string, before: readonly Told[], event: Told, seq = before.length + 1): string | undefined {
  const law = laws.find((candidate) => candidate.id === id)
  if (law === undefined) throw new Error(`no law ${id}`)
  const concerned = law.concerns === undefined || law.concerns.includes(event.type)
  return concerned ? law.broken(runAfter(before), placed(event, seq)) : undefined
}

test('a run in which all goes well breaks no law', () => {
  const broken = story.flatMap((event, index) =>
    laws.flatMap((law) => {
      const detail = objection(law.id, until(index), event)
      return detail === undefined ? [] : [`#${index + 1} ${law.id}: ${detail}`]
    }),
  )
  expect(broken).toEqual([])
})

const nothing = {}
const output = told('OutputStated', { output: { value: null } })
const wired = [...until(5), proposal.file, authorized(6, 'file'), succeeded(6), proposal.wire, authorized(9, 'wire')]
const uncertain = told('ActionUncertain', { action: 9, code: 'effect.uncertain', message: '' })
const aborted = told('AbortStarted', { code: 'stop', by: 'operator' })

/** One planted violation for each law: what came before, and the entry that breaks it. */
const plants: readonly (readonly [law: string, before: readonly Told[], event: Told, seq?: number])[] = [
  ['log.gapless', until(10), output, 12],
  ['log.gapless', until(10), output, 10],
  ['log.time', until(10), { ...output, at: 9 }],
  ['log.causality', until(10), { ...output, causes: [11] }],
  ['log.causality', until(10), { ...output, causes: [0] }],
  ['log.taxonomy', until(10), { ...output, type: 'OutputGuessed' as 'OutputStated' }],
  ['log.taxonomy', until(10), { ...output, v: 99 }],
  ['log.origin', until(10), { ...output, origin: 'operator' }],
  ['log.origin', until(6), { ...authorized(6, 'file'), origin: 'agent' }],
  ['run.first', [], told('ProvisioningStarted', nothing)],
  ['run.first', until(5), story[0] ?? output],
  ['run.accountable', [], { ...(story[0] ?? output), payload: { ...story[0]?.payload, principal: { subject: '' } } }],
  ['run.transition', until(5), told('ExecutionStarted', nothing)],
  ['run.transition', until(5), committed],
  ['run.transition', until(19), told('ExecutionStarted', nothing)],
  ['run.commit_point', until(14), aborted],
  ['run.commit_point', until(14), told('RunTerminatedByRuntime', { code: 'limit.wall' })],
  ['run.commit_point', until(16), told('ChangesUndone', { code: 'files.conflict', paths: [] })],
  ['run.validated_commit', until(12), decidedCommit([9])],
  ['run.validated_commit', [...until(13), proposal.file], decidedCommit([9])],
  ['run.answered_commit', until(13), decidedCommit([])],
  ['run.answered_commit', until(13), decidedCommit([9, 9])],
  ['run.answered_commit', [...until(5), proposal.file, authorized(6, 'file')], decidedCommit([])],
  ['run.release_order', until(10), dispatched(9)],
  ['run.release_order', until(14), dispatched(9)],
  ['run.release_order', until(15), dispatched(6)],
  ['run.complete_commit', until(14), committed],
  ['run.complete_commit', until(15), committed],
  ['run.complete_commit', until(17), told('RunCommitted', { releases: 'incomplete', unsent: [9] })],
  ['run.final', until(19), proposal.file],
  [
    'memory.promoted_after_commit',
    until(10),
    told('MemoryPromoted', { candidate: 'run_000000000000#1' as never, version: 1, validFrom: 0, rules: [] }),
  ],
  ['action.one_verdict', until(8), authorized(6, 'file')],
  ['action.one_verdict', until(6), authorized(5, 'file')],
  ['action.one_verdict', [...until(6), output], authorized(6, 'file')],
  ['action.verdict_first', until(6), succeeded(6)],
  ['action.verdict_first', until(6), dispatched(6)],
  ['action.verdict_first', [...until(6), told('ActionRefused', { action: 6, code: 'grant.none', stage: 'grant' })], succeeded(6)],
  ['action.phase', [...until(12), proposal.file], authorized(13, 'file')],
  ['action.durable_departure', wired, succeeded(9)],
  ['action.settled_once', until(8), succeeded(6)],
  ['action.settled_once', [...wired, dispatched(9), uncertain], succeeded(9)],
  ['action.resend_keyed', [...wired, dispatched(9)], dispatched(9, 2)],
  ['action.resend_keyed', wired, dispatched(9, 2)],
  ['action.deferred', until(9), authorized(9, 'wire')],
  ['action.deferred', until(6), authorized(6, 'file', { deferred: true })],
  ['action.staged_changes', [...wired, dispatched(9)], succeeded(9, { changes })],
  ['action.after', until(5), proposal.post],
  ['action.reconciled', [...wired, dispatched(9)], told('ActionReconciled', { action: 9, found: 'done', how: 'probe' })],
  ['authority.grant_covers', until(6), authorized(6, 'file', { grant: 4 })],
  ['authority.grant_covers', until(6), authorized(6, 'file', { prepared: { resources: ['secret:a'], class: 'staged' } })],
  ['authority.well_formed', until(2), told('CapabilityGranted', { holder: 'writer', terms: { ...terms, actions: ['*'] }, by: 'request' })],
  [
    'authority.well_formed',
    until(2),
    told('CapabilityGranted', { holder: 'writer', terms: { ...terms, resources: ['file:a*'] }, by: 'request' }),
  ],
  [
    'authority.spec_grants',
    until(2),
    told('CapabilityGranted', { holder: 'writer', terms: { ...terms, resources: ['file:b'] }, by: 'request' }),
  ],
  ['authority.spec_grants', until(3), told('CapabilityGranted', { holder: 'writer', terms, by: 'request' })],
  ['authority.amounts', until(7), succeeded(6, { cost: { tokens: -1 } })],
]

test('each law about entries has a planted violation', () => {
  const planted = new Set(plants.map(([law]) => law))
  expect(laws.map((law) => law.id).filter((id) => !planted.has(id))).toEqual([])
})

for (const [id, before, event, seq] of plants) {
  test(`${id} is broken by ${event.type} after ${before.at(-1)?.type ?? 'nothing'}`, () => {
    expect(objection(id, before, event, seq)).toEqual(expect.any(String))
  })
}

describe('laws of bytes', () => {
  const context: SealContext = { logId: parseLogId('log_000000000000'), sha256: (bytes) => createHash('sha256').update(bytes).digest() }
  const body = { type: 'LockdownSet', v: 1, origin: 'operator', at: 1, causes: [], payload: { on: true } } as const
  const first: StoredEntry = { ...seal(body, emptyHead(systemStream, context), context), position: 1 }

  const problemsOf = (entry: StoredEntry, edge = growTree(emptyTree, [entry.hash], context.sha256)): readonly unknown[] => {
    const verifier = createLogVerifier(context, { edge, strict: true })
    verifier.check(entry)
    return verifier.finish().problems
  }

  test('a sealed entry breaks none', () => {
    expect(problemsOf(first)).toEqual([])
  })

  test('log.chain is broken by each changed byte', () => {
    const sound = [...first.bytes.keys()].filter(
      (index) => problemsOf({ ...first, bytes: first.bytes.map((byte, at) => (at === index ? byte ^ 1 : byte)) }).length === 0,
    )
    expect(sound).toEqual([])
  })

  test('log.tree is broken by an edge of another log', () => {
    expect(problemsOf(first, emptyTree)).not.toEqual([])
  })

  test('log.canonical is broken by a space that the hash covers', () => {
    const spaced = new TextEncoder().encode(new TextDecoder().decode(first.bytes).replace(':', ': '))
    const head = emptyHead(systemStream, context)
    const prefix = new TextEncoder().encode(`ICE entry 1\n${context.logId}\n${systemStream}\n`)
    const hash = context.sha256(Buffer.concat([prefix, Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), head.hash, spaced]))
    expect(problemsOf({ ...first, bytes: spaced, hash })).not.toEqual([])
  })
})
