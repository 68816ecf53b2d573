import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { agentOf, findings, newPlace } from './place.ts'
import type { Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

test('a run reads, stages, is judged and commits', async () => {
  place.write('note.md', 'old')
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    const { text } = await propose<{ readonly text: string }>('files.read', { path: 'note.md' })
    await propose('files.write', { path: 'note.md', content: `${text} and new` })
    await propose('files.write', { path: 'made.md', content: 'made' })
    return { read: text }
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { read: 'old' }, releases: 'none', steps: 3, refused: 0 })
  expect([place.read('note.md'), place.read('made.md')]).toEqual(['old and new', 'made'])
  const action = ['ActionProposed', 'ActionAuthorized', 'ActionSucceeded']
  const begin = ['RunRequested', 'ProvisioningStarted', 'CapabilityGranted', 'RunProvisioned', 'ContextLoaded', 'ExecutionStarted']
  const judge = ['OutputStated', 'ValidationStarted', 'ValidationPassed']
  const commit = ['RunCommitDecided', 'ChangeApplied', 'ChangeApplied', 'RunCommitted', 'RunTornDown']
  expect(process.types(run.id)).toEqual([...begin, ...action, ...action, ...action, ...judge, ...commit])
  expect(await findings(process, [agent])).toEqual([])
})

test('nothing is in the workspace before the commit, and the run sees what it staged', async () => {
  const process = place.open()
  const seen: (string | undefined)[] = []
  const agent = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'staged' })
    seen.push(place.read('a'), (await propose<{ readonly text: string }>('files.read', { path: 'a' })).text)
  })
  await (
    await process.start(agent)
  ).done
  expect([...seen, place.read('a')]).toEqual([undefined, 'staged', 'staged'])
})

test.each([
  ['without a grant', 'files.write', { path: 'a', content: '' }, 'grant.none'],
  ['outside its resources', 'files.read', { path: 'other/a' }, 'grant.resource'],
  ['with an unknown action', 'mail.send', {}, 'action.unknown'],
  ['with arguments that are none', 'files.read', { path: 7 }, 'args.invalid'],
] as const)('a proposal %s is refused on record, told by its code alone, and costs nothing else', async (_what, action, args, code) => {
  const process = place.open()
  const grant = { actions: ['files.read'], resources: ['file:src/**'], class: 'observe', egress: [] } as const
  const agent = agentOf(async ({ propose }) => await propose(action, args).catch((error: unknown) => ({ ...(error as object) })))
  const run = await process.start(agent, { grants: [grant] })
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code, outcome: 'refused' }, refused: 1 })
  const refused = process.entries(run.id).find(({ type }) => type === 'ActionRefused')
  expect(refused?.payload).toMatchObject({ code })
  expect(await findings(process, [agent])).toEqual([])
})

test('deferred effects happen after the commit and its files, keyed ones first', async () => {
  const process = place.open()
  const before: number[] = []
  const agent = agentOf(async ({ propose }) => {
    const wire = await propose('ledger.wire', { account: 'ada', amountMicro: 1 })
    const post = await propose('ledger.post', { account: 'bob', amountMicro: 2 })
    await propose('files.write', { path: 'a', content: 'x' })
    before.push(place.ledger().length)
    return [wire, post] as never
  })
  const run = await process.start(agent)
  const result = await run.done
  expect(result).toMatchObject({ outcome: 'committed', releases: 'complete', unsent: [], output: [{ deferred: true }, { deferred: true }] })
  expect(before).toEqual([0])
  expect(place.ledger().map(({ kind }) => kind)).toEqual(['post', 'wire'])
  const types = process.types(run.id)
  expect(types.indexOf('ActionDispatched')).toBeGreaterThan(types.indexOf('ChangeApplied'))
  expect(await findings(process, [agent])).toEqual([])
})

test.each([
  ['fails', 'before', ['ledger.post', 'ledger.transfer'], 'ActionFailed', ['post']],
  ['is uncertain', 'after', ['ledger.post', 'ledger.transfer'], 'ActionUncertain', ['post', 'transfer']],
] as const)('a release that %s withholds those behind it and the files stay', async (_how, fail, [first, second], type, recorded) => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'x' })
    await propose(first, { account: 'ada', amountMicro: 1 })
    await propose(second, { account: 'bob', amountMicro: 2, fail })
    await propose('ledger.wire', { account: 'eve', amountMicro: 3 })
    return null
  })
  const run = await process.start(agent)
  const result = await run.done
  expect(result).toMatchObject({ outcome: 'committed', releases: 'incomplete' })
  expect(result.unsent).toHaveLength(2)
  expect(place.read('a')).toBe('x')
  expect(place.ledger().map(({ kind }) => kind)).toEqual(recorded)
  expect(process.types(run.id)).toEqual(expect.arrayContaining([type, 'ActionWithheld']))
  expect(await findings(process, [agent])).toEqual([])
})

test('an aborted run leaves the workspace and the outside untouched and says what was not sent', async () => {
  place.write('a', 'old')
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'new' })
    await propose('ledger.post', { account: 'bob', amountMicro: 2 })
    throw new Error('gave up')
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'agent.failed' })
  expect([place.read('a'), place.ledger(), place.names()]).toEqual(['old', [], ['a']])
  expect(process.types(run.id)).toContain('ActionWithheld')
  expect(await findings(process, [agent])).toEqual([])
})

test('a run without a workspace commits its effects', async () => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => await propose('ledger.post', { account: 'ada', amountMicro: 1 }))
  const run = await process.runtime.start({ agent, input: null, principal: plainPrincipal, grants: [plainGrant] })
  expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
  expect(place.ledger()).toHaveLength(1)
})

test('a committed run says all of it to whoever reads the log afterwards', async () => {
  const process = place.open()
  const run = await process.start(agentOf(() => ({ big: 'x'.repeat(5000) })))
  const result = await run.done
  expect(result.output).toEqual({ big: 'x'.repeat(5000) })
})

test('a clock that is set back never writes an earlier time and changes no order', async () => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    await propose('time.now')
    process.time.set(5)
    const { epochMs } = await propose<{ readonly epochMs: number }>('time.now')
    return epochMs
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed' })
  const times = process.entries(run.id).map(({ at }) => at)
  expect(times).toEqual([...times].sort((left, right) => left - right))
  expect(Math.min(...times)).toBe(1_000_000)
  expect(await findings(process, [agent])).toEqual([])
})
