import { faultCodes, IceError } from '@ice-runtime/kernel'
import type { HookVerdict } from '@ice-runtime/adapters'
import type { EntryId, FaultCode, Label, RunId, SubjectId } from '@ice-runtime/kernel'
import { readAnswer } from './answer-approval.ts'
import type { AnswerApproval } from './answer-approval.ts'
import type { ApprovalDescription, ApprovalQuestion } from './approval-description.ts'
import { isObject, readParams } from './read-params.ts'

/** What another process can ask of the runtime that owns a data directory. */
export type ControlRequest =
  | { readonly method: 'status' }
  | ({ readonly method: 'describeApproval' } & ApprovalQuestion)
  | HookRequest
  | IceOrder

/** What a host wrote to its hook, and the project it works in. Judged by the owner, so that a log has one. */
export interface HookRequest {
  readonly method: 'hook'
  readonly host: string
  readonly root: string
  readonly payload: string
}

/** An order of an operator: what people decide about runs, and about all that runs here. */
export type IceOrder =
  | { readonly method: 'abort'; readonly run: RunId; readonly detail?: string }
  | { readonly method: 'suspend'; readonly run: RunId }
  | { readonly method: 'resume'; readonly run: RunId }
  | AnswerApproval
  | {
      readonly method: 'grant'
      readonly run: RunId
      /** As on the command line; compiled where the models of the run are known. */
      readonly allow: string
      readonly uses?: number
      /** Milliseconds since the epoch. */
      readonly expires?: number
    }
  /** `entry` and `from`: up to where, and as what, whoever says this has seen the run. */
  | {
      readonly method: 'declassify'
      readonly run: RunId
      readonly entry: EntryId
      readonly from: Label
      readonly to: Label
      readonly reason: string
    }
  /** `probe` has the driver ask the other side; the other two are a person’s word. */
  | { readonly method: 'reconcile'; readonly action: EntryId; readonly found: 'probe' }
  | { readonly method: 'reconcile'; readonly action: EntryId; readonly found: 'done' | 'not_done'; readonly reason: string }
  | { readonly method: 'revoke'; readonly grant: EntryId; readonly reason: string }
  | { readonly method: 'lockdown'; readonly on: boolean; readonly agent?: string; readonly reason: string }
  /** `policy` is the bundle's own text, so that what is kept is what was looked at. */
  | { readonly method: 'adoptPolicy'; readonly policy: string }
  | {
      readonly method: 'addOperator'
      readonly subject: SubjectId
      readonly name: string
      readonly publicKey: string
      readonly roles: readonly string[]
    }
  | { readonly method: 'removeOperator'; readonly operator: SubjectId; readonly reason: string }
  /** What is not said stays. An empty `allow` gives all that the host does. */
  | { readonly method: 'configureHost'; readonly host: string; readonly observe?: boolean; readonly allow?: readonly string[] }

export interface ControlAnswer {
  readonly runtime: string
  readonly pid: number
  /** Runs at work there. */
  readonly live: readonly RunId[]
  /** To who asked what a request would do. */
  readonly described?: ApprovalDescription
  /** What is to be said to the host; of a `hook` alone. */
  readonly verdict?: HookVerdict
}

/** Longest request: what a host may hand to its hook, in a JSON text. */
export const maxRequestBytes: number = 16 * 1024 * 1024
/** Longest answer: a request told in full holds what it would write, in its words, as a difference and as it is. */
export const maxAnswerBytes: number = 16 * 1024 * 1024
export const maxListedRuns = 1000

/** JSON-RPC 2.0's own codes, and ours for every fault: its dotted code is in `data`. */
export const rpcCodes = { parse: -32_700, invalid: -32_600, method: -32_601, params: -32_602, fault: -32_000 } as const

export function requestText(id: number, request: ControlRequest): string {
  const { method, ...params } = request
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
}

/** Throws `usage.invalid` for what is no request of this version, `id.malformed` for what is no id. */
export function readRequest(value: unknown): ControlRequest {
  const { method, params } = isObject(value) ? value : {}
  switch (method) {
    case 'status':
      readParams(params, [])
      return { method }
    case 'hook': {
      const read = readParams(params, ['host', 'root', 'payload'])
      return { method, host: read.name('host'), root: read.long('root'), payload: read.long('payload') }
    }
    case 'suspend':
    case 'resume':
      return { method, run: readParams(params, ['run']).run() }
    case 'abort': {
      const read = readParams(params, ['run', 'detail'])
      return { method, run: read.run(), ...(read.has('detail') ? { detail: read.text('detail') } : {}) }
    }
    case 'describeApproval': {
      const read = readParams(params, ['run', 'approval', 'args'])
      return { method, run: read.run(), approval: read.seq('approval'), ...(read.has('args') ? { args: read.json('args') } : {}) }
    }
    case 'answerApproval':
      return { method, ...readAnswer(params) }
    default:
      return readStandingOrder(method, params)
  }
}

/** Orders that give or take authority. */
function readStandingOrder(method: unknown, params: unknown): ControlRequest {
  switch (method) {
    case 'grant': {
      const read = readParams(params, ['run', 'allow', 'uses', 'expires'])
      const uses = read.has('uses') ? { uses: read.seq('uses') } : {}
      const expires = read.has('expires') ? { expires: read.seq('expires') } : {}
      return { method, run: read.run(), allow: read.name('allow'), ...uses, ...expires }
    }
    case 'declassify': {
      const read = readParams(params, ['run', 'entry', 'from', 'to', 'reason'])
      const [from, to] = [read.label('from'), read.label('to')]
      return { method, run: read.run(), entry: read.entry('entry'), from, to, reason: read.text('reason') }
    }
    case 'reconcile': {
      const read = readParams(params, ['action', 'found', 'reason'])
      const action = read.entry('action')
      if (!read.has('reason')) return { method, action, found: read.word('found', ['probe']) }
      return { method, action, found: read.word('found', ['done', 'not_done']), reason: read.text('reason') }
    }
    case 'revoke': {
      const read = readParams(params, ['grant', 'reason'])
      return { method, grant: read.entry('grant'), reason: read.text('reason') }
    }
    case 'lockdown': {
      const read = readParams(params, ['on', 'agent', 'reason'])
      return { method, on: read.flag('on'), ...(read.has('agent') ? { agent: read.name('agent') } : {}), reason: read.text('reason') }
    }
    case 'adoptPolicy':
      return { method, policy: readParams(params, ['policy']).long('policy') }
    case 'addOperator': {
      const read = readParams(params, ['subject', 'name', 'publicKey', 'roles'])
      const [subject, name] = [read.subject('subject'), read.name('name')]
      return { method, subject, name, publicKey: read.name('publicKey'), roles: read.names('roles') }
    }
    case 'configureHost': {
      const read = readParams(params, ['host', 'observe', 'allow'])
      const allow = read.has('allow') ? { allow: read.names('allow') } : {}
      const observe = read.has('observe') ? { observe: read.flag('observe') } : {}
      return { method, host: read.name('host'), ...observe, ...allow }
    }
    case 'removeOperator': {
      const read = readParams(params, ['operator', 'reason'])
      return { method, operator: read.subject('operator'), reason: read.text('reason') }
    }
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
