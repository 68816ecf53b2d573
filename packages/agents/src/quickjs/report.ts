import type { AgentChannel, AgentEnd, AgentStatement, Json } from '@ice-runtime/kernel'
import { maxErrorChars, maxLogCharsPerTurn, maxProposalsPerTurn, maxTurnChars } from '../limits.ts'

/** The items of one turn, in the order the agent made them. */
export type ReportItem =
  | { readonly type: 'propose'; readonly message: unknown }
  | { readonly type: 'state'; readonly statement: AgentStatement }
  | { readonly type: 'log'; readonly level: Parameters<AgentChannel['log']>[0]; readonly text: string }
  | { readonly type: 'end'; readonly end: AgentEnd }

export type Report = { readonly items: readonly ReportItem[]; readonly broken?: string }

const statementTypes: ReadonlyMap<unknown, AgentStatement['type']> = new Map<unknown, AgentStatement['type']>([
  ['plan', 'PlanStated'],
  ['assumption', 'AssumptionDeclared'],
  ['uncertainty', 'UncertaintyDeclared'],
])
const levels: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies Parameters<AgentChannel['log']>[0][]

/**
 * Reads what a realm wrote. The realm is the agent's, so every line is untrusted and every bound of the prelude is checked again;
 * `broken` says what no honest realm writes, or which bound was exceeded, and ends the reading.
 */
export function readReport(text: string): Report {
  const items: ReportItem[] = []
  if (text.length > maxTurnChars * 2) return { items, broken: `more than ${maxTurnChars} characters in one turn` }
  let proposals = 0
  let logged = 0
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    const tag = text[from]
    const body = text.slice(from + 1, to)
    from = to + 1
    if (tag === '!') return { items, broken: `limit: ${body.slice(0, 200)}` }
    const item = readItem(tag, body)
    if (item === undefined) return { items, broken: 'a line that the host cannot read' }
    if (item.type === 'propose') proposals += 1
    if (item.type === 'log') logged += item.text.length
    if (proposals > maxProposalsPerTurn) return { items, broken: `more than ${maxProposalsPerTurn} proposals in one turn` }
    if (item.type !== 'log' || logged <= maxLogCharsPerTurn) items.push(item)
  }
  return { items }
}

function readItem(tag: string | undefined, body: string): ReportItem | undefined {
  if (tag === 'e') return readEnd(body)
  const value = parse(body)
  if (value === undefined) return tag === 'p' || tag === 'x' ? { type: 'propose', message: body } : undefined
  switch (tag) {
    case 'p':
    case 'x':
      return { type: 'propose', message: value.json }
    case 's': {
      const { kind, payload } = fields(value.json)
      const type = statementTypes.get(kind)
      return type === undefined ? undefined : { type: 'state', statement: { type, payload: payload ?? null } }
    }
    case 'l': {
      const { level, text } = fields(value.json)
      if (!levels.includes(level) || typeof text !== 'string') return undefined
      return { type: 'log', level: level as 'info', text }
    }
    default:
      return undefined
  }
}

function readEnd(body: string): ReportItem | undefined {
  const value = parse(body.slice(1))
  if (value === undefined) return undefined
  if (body[0] === 'c') return { type: 'end', end: { type: 'completed', output: value.json } }
  const { message, stack } = fields(value.json)
  const end = {
    type: 'failed',
    code: 'agent.crashed',
    message: (typeof message === 'string' ? message : 'an error without a message').slice(0, maxErrorChars),
  } as const
  return { type: 'end', end: typeof stack === 'string' && stack !== '' ? { ...end, stack: stack.slice(0, maxErrorChars) } : end }
}

function parse(text: string): { readonly json: Json } | undefined {
  try {
    return { json: JSON.parse(text) as Json }
  } catch {
    return undefined
  }
}

function fields(value: Json): { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: Json }) : {}
}
