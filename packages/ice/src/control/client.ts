import { createConnection } from 'node:net'
import { IceError } from '@ice-runtime/kernel'
import { controlAddress, maxSocketPathBytes } from './address.ts'
import { maxAnswerBytes, maxRequestBytes, readResponse, requestText } from './message.ts'
import type { ControlAnswer, ControlRequest } from './message.ts'

/** Longest wait for an answer: an order waits for one sync of the log, which takes milliseconds. */
const answerMs = 30_000

/** Errors of a connection that mean nobody serves. */
const nobody = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'])

/**
 * Asks the runtime that owns a data directory. Undefined when none listens there. Throws the fault it answers with, and
 * `data.unreadable` when it does not answer, and `limit.exceeded` for a request that no runtime would read.
 */
export function askControl(data: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
  const text = requestText(1, request)
  if (text.length > maxRequestBytes) throw new IceError('limit.exceeded', `an order has at most ${maxRequestBytes} characters`)
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown): void => {
      reject(new IceError('data.unreadable', message, { cause, hint: 'see what became of it with: ice ps' }))
    }
    const address = controlAddress(data)
    if (Buffer.byteLength(address) > maxSocketPathBytes) return resolve(undefined)
    const socket = createConnection(address)
    let received = ''
    socket.setEncoding('utf8')
    socket.setTimeout(answerMs, () => socket.destroy(new Error('no answer')))
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (nobody.has(cause.code ?? '')) resolve(undefined)
      else fail('the runtime that owns this data directory does not answer', cause)
    })
    socket.on('connect', () => socket.write(text))
    socket.on('close', () => fail('the runtime that owns this data directory went away before it answered'))
    socket.on('data', (text: string) => {
      received += text
      if (received.length > maxAnswerBytes) return void socket.destroy(new Error('the answer is too long'))
      const end = received.indexOf('\n')
      if (end === -1) return
      try {
        resolve(readResponse(received.slice(0, end)))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
      socket.destroy()
    })
  })
}
