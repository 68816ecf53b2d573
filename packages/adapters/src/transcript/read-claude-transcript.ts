import { z } from 'zod'
import { parseStrictJson } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'
import type { ImportedOutcome, ImportedTranscript, ImportedUse } from './imported-use.ts'
import { keptResult } from './kept-result.ts'

/** Months of one conversation; a file with more is read this far. */
export const maxTranscriptLines = 1_000_000
/** Uses kept from one transcript: each becomes two entries of a log. */
export const maxImportedUses = 100_000
/** A line of a transcript that holds a picture or a whole log is longer than anything that is judged. */
const maxLineChars: number = 8 * 1024 * 1024

const line = z.looseObject({
  type: z.string().optional(),
  sessionId: z.string().optional(),
  cwd: z.string().optional(),
  timestamp: z.string().optional(),
  isSidechain: z.boolean().optional(),
  agentId: z.string().optional(),
  toolDenialKind: z.string().optional(),
  message: z.unknown().optional(),
})
const blocks = z.looseObject({ content: z.array(z.looseObject({ type: z.string() })) })
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().min(1).max(256),
  name: z.string().min(1).max(256),
  input: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
})
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1).max(256),
  is_error: z.boolean().optional(),
  content: z.custom<Json>().optional(),
})

interface Reading {
  readonly uses: ImportedUse[]
  /** Index in `uses` by session and number: `done` once its result has come. */
  readonly open: Map<string, number>
  readonly done: Set<string>
  readonly counts: { -readonly [Count in keyof ImportedTranscript['counts']]: number }
}

/**
 * Reads a transcript of Claude Code (`~/.claude/projects/<project>/<session>.jsonl`, and `<session>/subagents/*.jsonl` beside it), one
 * line each. Nothing in it is fatal: the format is the host's own and changes, so what is not understood is counted and passed over.
 */
export function readClaudeTranscript(lines: Iterable<string>): ImportedTranscript {
  const reading: Reading = {
    uses: [],
    open: new Map(),
    done: new Set(),
    counts: { lines: 0, other: 0, unreadable: 0, incomplete: 0, unmatched: 0 },
  }
  let truncated = false
  for (const text of lines) {
    if (text.trim() === '') continue
    if (reading.counts.lines >= maxTranscriptLines || reading.uses.length >= maxImportedUses) {
      truncated = true
      break
    }
    reading.counts.lines += 1
    readLine(reading, text)
  }
  return { uses: reading.uses, counts: reading.counts, truncated }
}

function readLine(reading: Reading, text: string): void {
  const parsed = line.safeParse(jsonOf(text))
  if (!parsed.success) {
    reading.counts.unreadable += 1
    return
  }
  const { type, message } = parsed.data
  const content = type === 'assistant' || type === 'user' ? blocks.safeParse(message) : undefined
  const found =
    content?.success === true ? content.data.content.filter(({ type: kind }) => kind === 'tool_use' || kind === 'tool_result') : []
  if (found.length === 0) reading.counts.other += 1
  for (const block of found) {
    if (block.type === 'tool_use') addUse(reading, parsed.data, block)
    else addResult(reading, parsed.data, block)
  }
}

type Line = z.infer<typeof line>

function addUse(reading: Reading, { sessionId: session, cwd, isSidechain, agentId: agent, ...rest }: Line, block: unknown): void {
  const use = toolUse.safeParse(block)
  const at = Date.parse(rest.timestamp ?? '')
  if (!use.success || session === undefined || !isAbsolute(cwd) || Number.isNaN(at)) {
    reading.counts.incomplete += 1
    return
  }
  const { id: toolUseId, name: tool, input } = use.data
  const key = keyOf(session, toolUseId)
  // A conversation that was resumed repeats what came before it.
  if (reading.open.has(key) || reading.done.has(key)) return
  reading.open.set(key, reading.uses.length)
  reading.uses.push({
    host: 'claude-code',
    session,
    cwd,
    at,
    line: reading.counts.lines,
    sidechain: isSidechain === true,
    ...(agent === undefined ? {} : { agent }),
    tool,
    toolUseId,
    input,
  })
}

function addResult(reading: Reading, { sessionId: session = '', timestamp = '', toolDenialKind }: Line, block: unknown): void {
  const result = toolResult.safeParse(block)
  const at = Date.parse(timestamp)
  if (!result.success || Number.isNaN(at)) {
    reading.counts.incomplete += 1
    return
  }
  const key = keyOf(session, result.data.tool_use_id)
  const index = reading.open.get(key)
  const use = index === undefined ? undefined : reading.uses[index]
  if (index === undefined || use === undefined) {
    if (!reading.done.has(key)) reading.counts.unmatched += 1
    return
  }
  reading.open.delete(key)
  reading.done.add(key)
  const kept = keptResult(result.data.content ?? null)
  const outcome: ImportedOutcome =
    toolDenialKind !== undefined
      ? { type: 'refused', at, how: toolDenialKind, result: kept }
      : { type: result.data.is_error === true ? 'failed' : 'succeeded', at, result: kept }
  reading.uses[index] = { ...use, outcome }
}

function jsonOf(text: string): unknown {
  try {
    return parseStrictJson(text, { maxChars: maxLineChars })
  } catch {
    // Counted as unreadable by the caller, since no schema takes it.
    return undefined
  }
}

function isAbsolute(path: string | undefined): path is string {
  return path !== undefined && path.startsWith('/')
}

function keyOf(session: string, toolUseId: string): string {
  return `${session}\n${toolUseId}`
}
