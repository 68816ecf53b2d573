import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { entryId, IceError, parseDigest, parseRunId, parseSubjectId } from '@ice-runtime/kernel'
import { controlAddress, maxSocketPathBytes } from './address.ts'
import { askControl } from './client.ts'
import { maxRequestBytes } from './message.ts'
import type { IceOrder } from './message.ts'
import { serveControl } from './server.ts'
import type { ApprovalDescription } from './approval-description.ts'
import type { ControlParts } from './server.ts'

let data: string
const run = parseRunId('run_0123456789ab')

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ice-control-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(data, { recursive: true, force: true })
})

/** Notes the orders it takes; `refuses` is what it throws instead. */
function target(refuses?: IceError): { readonly runtime: ControlParts['runtime']; readonly taken: readonly unknown[] } {
  const taken: unknown[] = []
  const obey = (order: unknown): Promise<void> => {
    if (refuses !== undefined) return Promise.reject(refuses)
    taken.push(order)
    return Promise.resolve()
  }
  const describe = (question: unknown): Promise<ApprovalDescription> => obey(question).then(() => described)
  const hear: ControlParts['runtime']['hear'] = ({ host, root, payload }) =>
    Promise.resolve({ type: 'deny', reason: `${host} ${root} ${payload}` })
  return { taken, runtime: { obey, describe, hear, live: () => [run] } }
}

const digest = parseDigest('d'.repeat(64))
const subject = parseSubjectId('sub_0123456789ab')
const signed = { run, approval: 5, binds: digest, by: subject, signature: 's'.repeat(86) } as const
const comment = { subject, algorithm: 'aes-256-gcm', nonce: 'n'.repeat(16), data: 'no' } as const
const edited = { request: digest, prepared: { resources: ['file:a'], class: 'staged' } } as const

const described: ApprovalDescription = {
  request: digest,
  prepared: { action: 'files.write', args: {}, resources: ['file:a'], facts: {}, class: 'staged', cost: {} },
  description: 'write a\nwhole',
  diff: 'diff a\n',
}

/** Each order there is, with everything that can be said in it. */
const orders: readonly IceOrder[] = [
  { method: 'abort', run, detail: 'why' },
  { method: 'suspend', run },
  { method: 'resume', run },
  { method: 'answerApproval', ...signed, answer: { type: 'denied' }, comment },
  { method: 'answerApproval', ...signed, answer: { type: 'given', scope: 'once', edited } },
  { method: 'grant', run, allow: 'files.read:src', uses: 2, expires: 3 },
  { method: 'declassify', run, entry: entryId(run, 7), from: 'untrusted/private', to: 'untrusted/public', reason: 'it is published' },
  { method: 'reconcile', action: entryId(run, 5), found: 'not_done', reason: 'the bank has nothing' },
  { method: 'reconcile', action: entryId(run, 5), found: 'probe' },
  { method: 'revoke', grant: entryId(run, 2), reason: 'no longer needed' },
  { method: 'lockdown', on: true, agent: 'teller', reason: 'it went wrong' },
  { method: 'adoptPolicy', policy: '{"files":[]}' },
  { method: 'addOperator', subject, name: 'Ada', publicKey: 'A'.repeat(43), roles: ['ops'] },
  { method: 'removeOperator', operator: subject, reason: 'left' },
]

/** Sends lines as they are and resolves with the first answer. */
function send(text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(controlAddress(data))
    socket.on('error', reject)
    socket.setEncoding('utf8').on('data', (answer: string) => {
      resolve(JSON.parse(answer.split('\n')[0] ?? ''))
      socket.destroy()
    })
    socket.write(text)
  })
}

test.each(orders.map((order) => [order.method, order] as const))('an order to %s reaches the runtime as it was given', async (_, order) => {
  const { runtime, taken } = target()
  await using _server = await serveControl({ data, runtime, name: 'ice 1' })
  expect(await askControl(data, order)).toEqual({ runtime: 'ice 1', pid: process.pid, live: [run] })
  expect(taken).toEqual([order])
})

test.each([{}, { args: { path: 'b', list: [1, null] } }])('what people are asked for is told in full', async (args) => {
  const { runtime, taken } = target()
  await using _server = await serveControl({ data, runtime, name: 'ice 1' })
  expect(await askControl(data, { method: 'describeApproval', run, approval: 5, ...args })).toMatchObject({ described })
  expect(taken).toEqual([{ method: 'describeApproval', run, approval: 5, ...args }])
})

test('an order that ends what the runtime lived for is answered before it is gone', async () => {
  const { runtime } = target()
  const ending: { server?: AsyncDisposable; closed?: PromiseLike<void> | undefined } = {}
  const obey = async (): Promise<void> => {
    ending.closed = ending.server?.[Symbol.asyncDispose]()
    await new Promise((resolve) => setImmediate(resolve))
  }
  ending.server = await serveControl({ data, runtime: { ...runtime, obey }, name: 'ice 1' })
  expect(await askControl(data, { method: 'abort', run })).toMatchObject({ runtime: 'ice 1' })
  await ending.closed
})

test('a fault of the runtime is the same fault for who asked', async () => {
  const { runtime } = target(new IceError('run.not_found', 'not here', { hint: 'look elsewhere' }))
  await using _server = await serveControl({ data, runtime, name: 'n' })
  await expect(askControl(data, { method: 'resume', run })).rejects.toMatchObject({
    code: 'run.not_found',
    message: 'not here',
    hint: 'look elsewhere',
  })
})

test('nobody listening is no fault, also where a killed process left its socket', async () => {
  expect(await askControl(data, { method: 'status' })).toBeUndefined()
  writeFileSync(join(data, 'control.json'), JSON.stringify({ socket: join(data, 'gone.sock') }))
  expect(await askControl(data, { method: 'status' })).toBeUndefined()
  await using _server = await serveControl({ data, runtime: target().runtime, name: 'n' })
  expect(await askControl(data, { method: 'status' })).toMatchObject({ live: [run] })
})

test('only the owner can open the socket, and it is gone when the runtime is', async () => {
  const server = await serveControl({ data, runtime: target().runtime, name: 'n' })
  expect(statSync(join(data, 'control.sock')).mode & 0o777).toBe(0o600)
  await server[Symbol.asyncDispose]()
  expect(existsSync(join(data, 'control.sock'))).toBe(false)
})

test.each(['as usual', 'as deep'])(
  'a directory whose path is too long for a socket says where it is, with a temporary one %s',
  async (how) => {
    const deep = join(data, 'd'.repeat(maxSocketPathBytes))
    mkdirSync(deep)
    if (how === 'as deep') vi.stubEnv('TMPDIR', deep)
    const server = await serveControl({ data: deep, runtime: target().runtime, name: 'n' })
    const { socket } = JSON.parse(readFileSync(join(deep, 'control.json'), 'utf8')) as { readonly socket: string }
    expect(socket.startsWith(deep)).toBe(false)
    expect(await askControl(deep, { method: 'status' })).toMatchObject({ live: [run] })
    await server[Symbol.asyncDispose]()
    expect(existsSync(socket)).toBe(false)
    expect(await askControl(deep, { method: 'status' })).toBeUndefined()
  },
)

function line(method: string, params: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`
}

test.each([
  ['what is not JSON', 'hello\n', -32_700],
  ['a method there is not', '{"jsonrpc":"2.0","id":7,"method":"start"}\n', -32_000],
  ['a run that is none', '{"jsonrpc":"2.0","id":7,"method":"abort","params":{"run":"../x"}}\n', -32_000],
  ['no run', '{"jsonrpc":"2.0","id":7,"method":"abort"}\n', -32_000],
  ['a list', '[]\n', -32_000],
  ['a member nobody knows', line('suspend', { run, force: true }), -32_000],
  ['a lockdown that is neither on nor off', line('lockdown', { on: 'yes', reason: '' }), -32_000],
  ['a reason without end', line('lockdown', { on: true, reason: 'x'.repeat(501) }), -32_000],
  ['an answer that is none', line('answerApproval', { ...signed, answer: { type: 'maybe' } }), -32_000],
  [
    'an edited answer of another shape',
    line('answerApproval', { ...signed, answer: { type: 'given', scope: 'once', edited: { request: digest } } }),
    -32_000,
  ],
  ['a denial with more in it', line('answerApproval', { ...signed, answer: { type: 'denied', scope: 'run' } }), -32_000],
  ['roles that are no names', line('addOperator', { subject, name: 'Ada', publicKey: 'A', roles: [1] }), -32_000],
  ['an operator without a name', line('addOperator', { subject, name: '', publicKey: 'A', roles: [] }), -32_000],
  ['a word without a reason', line('reconcile', { action: entryId(run, 5), found: 'done' }), -32_000],
  ['a probe with one', line('reconcile', { action: entryId(run, 5), found: 'probe', reason: 'why' }), -32_000],
  ['a grant that is no entry', line('revoke', { grant: 'run_x#0', reason: '' }), -32_000],
])('%s is answered with an error and orders nothing', async (_, text, code) => {
  const { runtime, taken } = target()
  await using _server = await serveControl({ data, runtime, name: 'n' })
  expect(await send(text)).toMatchObject({ jsonrpc: '2.0', error: { code } })
  expect(taken).toEqual([])
})

test('a line that never ends closes the connection', async () => {
  await using _server = await serveControl({ data, runtime: target().runtime, name: 'n' })
  const socket = createConnection(controlAddress(data))
  const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined))
  socket.write('x'.repeat(maxRequestBytes + 1))
  await closed
  expect(await askControl(data, { method: 'status' })).toMatchObject({ live: [run] })
})
