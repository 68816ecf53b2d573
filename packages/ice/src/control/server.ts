import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { HookVerdict } from '@ice-runtime/adapters'
import { IceError } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { maxSocketPathBytes, recordedAddressFile, socketName } from './address.ts'
import { maxListedRuns, maxRequestBytes, readRequest, rpcCodes } from './message.ts'
import type { ControlAnswer, ControlRequest, HookRequest, IceOrder } from './message.ts'
import type { ApprovalDescription, ApprovalQuestion } from './approval-description.ts'
import { isObject } from './read-params.ts'

export interface ControlParts {
  readonly data: string
  /**
   * Narrower than a runtime: nobody starts a run through this channel, or reads anything but what people are asked for. Whoever connects
   * is who owns the socket.
   */
  readonly runtime: {
    obey(order: IceOrder): Promise<unknown>
    describe(question: ApprovalQuestion): Promise<ApprovalDescription>
    hear(hook: HookRequest): Promise<HookVerdict>
    live(): readonly RunId[]
  }
  readonly name: string
}

/** Commands talk to a runtime one at a time; more than this is no person. */
const maxConnections = 32
/** A connection says what it wants at once. */
const idleMs = 30_000

/**
 * Serves newline-delimited JSON-RPC 2.0 on a socket that only this user can open. An order is answered after its entry is durable.
 * The caller owns the data directory, so a socket found there belongs to a process that is gone.
 */
export async function serveControl(parts: ControlParts): Promise<AsyncDisposable> {
  const address = claimAddress(parts.data)
  const open = new Set<Socket>()
  const answering = new Set<Promise<unknown>>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    converse(socket, parts, answering)
  })
  server.maxConnections = maxConnections
  await listen(server, address)
  chmodSync(address, 0o600)
  // Runs keep the process alive, not those who might ask about them.
  server.unref()
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      // An order that was taken is answered, also where it ended what this process lived for.
      await Promise.allSettled(answering)
      for (const socket of open) socket.destroySoon()
      await closed
      releaseAddress(parts.data, address)
    },
  }
}

function claimAddress(data: string): string {
  const usual = join(data, socketName)
  rmSync(usual, { force: true })
  rmSync(recordedAddressFile(data), { force: true })
  if (Buffer.byteLength(usual) <= maxSocketPathBytes) return usual
  const address = join(mkdtempSync(roomyPrefix()), socketName)
  writeFileSync(recordedAddressFile(data), `${JSON.stringify({ socket: address })}\n`, { mode: 0o600 })
  return address
}

/** A temporary directory can be as deep as a data directory. Then it is the one that every Unix has. */
function roomyPrefix(): string {
  const fits = (root: string): boolean => Buffer.byteLength(join(root, 'ice-123456', socketName)) <= maxSocketPathBytes
  return join([tmpdir(), '/tmp'].find(fits) ?? tmpdir(), 'ice-')
}

function releaseAddress(data: string, address: string): void {
  rmSync(address, { force: true })
  if (dirname(address) === data) return
  rmSync(recordedAddressFile(data), { force: true })
  rmSync(dirname(address), { recursive: true, force: true })
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new IceError('data.unreadable', `the control socket ${address} cannot be opened`, { cause })))
    server.listen(address, resolve)
  })
}

function converse(socket: Socket, parts: ControlParts, answering: Set<Promise<unknown>>): void {
  let received = ''
  socket.setEncoding('utf8')
  socket.setTimeout(idleMs, () => socket.destroy())
  // A caller that went away has no use for its answer; the order is in the log.
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    received += text
    const lines = received.split('\n')
    received = lines.pop() ?? ''
    if (received.length > maxRequestBytes) return void socket.destroy()
    for (const line of lines) {
      const response = Promise.resolve().then(() => answer(line, parts))
      const answered = response.then((text) => socket.writable && socket.write(`${JSON.stringify(text)}\n`))
      answering.add(answered)
      void answered.finally(() => answering.delete(answered))
    }
  })
}

async function answer(line: string, parts: ControlParts): Promise<object> {
  let id: unknown = null
  try {
    const message: unknown = JSON.parse(line)
    if (isObject(message) && (typeof message['id'] === 'number' || typeof message['id'] === 'string')) id = message['id']
    return { jsonrpc: '2.0', id, result: await obey(readRequest(message), parts) }
  } catch (error) {
    return { jsonrpc: '2.0', id, error: errorOf(error) }
  }
}

function errorOf(error: unknown): object {
  if (error instanceof SyntaxError) return { code: rpcCodes.parse, message: 'the line is not JSON' }
  if (!(error instanceof IceError)) return { code: rpcCodes.fault, message: error instanceof Error ? error.message : String(error) }
  const { code, message, hint } = error
  return { code: rpcCodes.fault, message, data: { code, ...(hint === undefined ? {} : { hint }) } }
}

async function obey(request: ControlRequest, { runtime, name }: ControlParts): Promise<ControlAnswer> {
  const answer = { runtime: name, pid: process.pid, live: runtime.live().slice(0, maxListedRuns) }
  if (request.method === 'status') return answer
  if (request.method === 'describeApproval') return { ...answer, described: await runtime.describe(request) }
  if (request.method === 'hook') return { ...answer, verdict: await runtime.hear(request) }
  await runtime.obey(request)
  return { ...answer, live: runtime.live().slice(0, maxListedRuns) }
}
