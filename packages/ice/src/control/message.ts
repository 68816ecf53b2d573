import { faultCodes, IceError, parseRunId } from '@ice-runtime/kernel'
import type { FaultCode, RunId } from '@ice-runtime/kernel'

/** What another process can ask of the runtime that owns a data directory. */
export type ControlRequest =
  | { readonly method: 'status' }
  | { readonly method: 'abort'; readonly run: RunId; readonly detail?: string }
  | { readonly method: 'suspend'; readonly run: RunId }
  | { readonly method: 'resume'; readonly run: RunId }

export interface ControlAnswer {
  readonly runtime: string
  readonly pid: number
  /** Runs at work there. */
  readonly live: readonly RunId[]
}

/** Longest request and answer: a request names one run, an answer lists at most `maxListedRuns`. */
export const maxMessageBytes = 65_536
export const maxListedRuns = 1000
const maxDetailChars = 500

/** JSON-RPC 2.0's own codes, and ours for every fault: its dotted code is in `data`. */
export const rpcCodes = { parse: -32_700, invalid: -32_600, method: -32_601, params: -32_602, fault: -32_000 } as const

export function requestText(id: number, request: ControlRequest): string {
  const { method, ...params } = request
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
}

/** Throws `usage.invalid` for what is no request of this version. */
export function readRequest(value: unknown): ControlRequest {
  const { method, params } = isObject(value) ? value : {}
  const { run, detail } = isObject(params) ? params : {}
  switch (method) {
    case 'status':
      return { method }
    case 'suspend':
    case 'resume':
      return { method, run: runOf(run) }
    case 'abort':
      return { method, run: runOf(run), ...(typeof detail === 'string' ? { detail: detail.slice(0, maxDetailChars).toWellFormed() } : {}) }
    default:
      throw new IceError('usage.invalid', 'no such method')
  }
}

/** The answer of a response. Throws the fault it carries. */
export function readResponse(text: string): ControlAnswer {
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new IceError('data.unreadable', 'the runtime answered with something that is no response')
  if (isObject(value['error'])) throw faultOf(value['error'])
  return value['result'] as ControlAnswer
}

function faultOf(error: { readonly [key: string]: unknown }): IceError {
  const { code, hint } = isObject(error['data']) ? error['data'] : {}
  const known = faultCodes.find((candidate) => candidate === code) ?? ('usage.invalid' satisfies FaultCode)
  return new IceError(known, String(error['message']), typeof hint === 'string' ? { hint } : {})
}

function runOf(run: unknown): RunId {
  if (typeof run !== 'string') throw new IceError('usage.invalid', 'params.run is the id of a run')
  return parseRunId(run)
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
