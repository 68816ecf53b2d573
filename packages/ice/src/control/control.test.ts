import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { IceError, parseRunId } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { controlAddress, maxSocketPathBytes } from './address.ts'
import { askControl } from './client.ts'
import { serveControl } from './server.ts'
import type { ControlParts } from './server.ts'

let data: string
const run = parseRunId('run_0123456789ab')

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ice-control-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

/** Notes the orders it takes; `refuses` is what it throws instead. */
function target(refuses?: IceError): { readonly runtime: ControlParts['runtime']; readonly taken: readonly unknown[] } {
  const taken: unknown[] = []
  const take = (order: string) => (id: RunId, why: object) => {
    if (refuses !== undefined) return Promise.reject(refuses)
    taken.push([order, id, why])
    return Promise.resolve()
  }
  return { taken, runtime: { abort: take('abort'), suspend: take('suspend'), resume: take('resume'), live: () => [run] } }
}

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

test('an order reaches the runtime with who ordered it, as the server knows it', async () => {
  const { runtime, taken } = target()
  await using _server = await serveControl({ data, runtime, by: 'sub_owner', name: 'ice 1' })
  expect(await askControl(data, { method: 'abort', run, detail: 'why' })).toEqual({ runtime: 'ice 1', pid: process.pid, live: [run] })
  await askControl(data, { method: 'suspend', run })
  await askControl(data, { method: 'resume', run })
  expect(taken).toEqual([
    ['abort', run, { by: 'sub_owner', detail: 'why' }],
    ['suspend', run, { by: 'sub_owner' }],
    ['resume', run, { by: 'sub_owner' }],
  ])
})

test('a fault of the runtime is the same fault for who asked', async () => {
  const { runtime } = target(new IceError('run.not_found', 'not here', { hint: 'look elsewhere' }))
  await using _server = await serveControl({ data, runtime, by: 'b', name: 'n' })
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
  await using _server = await serveControl({ data, runtime: target().runtime, by: 'b', name: 'n' })
  expect(await askControl(data, { method: 'status' })).toMatchObject({ live: [run] })
})

test('only the owner can open the socket, and it is gone when the runtime is', async () => {
  const server = await serveControl({ data, runtime: target().runtime, by: 'b', name: 'n' })
  expect(statSync(join(data, 'control.sock')).mode & 0o777).toBe(0o600)
  await server[Symbol.asyncDispose]()
  expect(existsSync(join(data, 'control.sock'))).toBe(false)
})

test('a directory whose path is too long for a socket says where the socket is', async () => {
  const deep = join(data, 'd'.repeat(maxSocketPathBytes))
  mkdirSync(deep)
  const server = await serveControl({ data: deep, runtime: target().runtime, by: 'b', name: 'n' })
  const { socket } = JSON.parse(readFileSync(join(deep, 'control.json'), 'utf8')) as { readonly socket: string }
  expect(socket.startsWith(deep)).toBe(false)
  expect(await askControl(deep, { method: 'status' })).toMatchObject({ live: [run] })
  await server[Symbol.asyncDispose]()
  expect(existsSync(socket)).toBe(false)
  expect(await askControl(deep, { method: 'status' })).toBeUndefined()
})

test.each([
  ['what is not JSON', 'hello\n', -32_700],
  ['a method there is not', '{"jsonrpc":"2.0","id":7,"method":"start"}\n', -32_000],
  ['a run that is none', '{"jsonrpc":"2.0","id":7,"method":"abort","params":{"run":"../x"}}\n', -32_000],
  ['no run', '{"jsonrpc":"2.0","id":7,"method":"abort"}\n', -32_000],
  ['a list', '[]\n', -32_000],
])('%s is answered with an error and orders nothing', async (_, line, code) => {
  const { runtime, taken } = target()
  await using _server = await serveControl({ data, runtime, by: 'b', name: 'n' })
  expect(await send(line)).toMatchObject({ jsonrpc: '2.0', error: { code } })
  expect(taken).toEqual([])
})

test('a line that never ends closes the connection', async () => {
  await using _server = await serveControl({ data, runtime: target().runtime, by: 'b', name: 'n' })
  const socket = createConnection(controlAddress(data))
  const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined))
  socket.write('x'.repeat(100_000))
  await closed
  expect(await askControl(data, { method: 'status' })).toMatchObject({ live: [run] })
})
