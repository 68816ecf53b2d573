import type { JsonObject } from '@ice-runtime/kernel'
import { contentSizeBytes, globClimbs, globStart, textOf, textOr } from '../action/input-members.ts'
import { unknownTool } from '../action/tool-meaning.ts'
import type { FileActionName, ToolMeaning, ToolRow, ToolTable } from '../action/tool-meaning.ts'

/** A tool that names one path, under this name. */
function fileTool(action: FileActionName, member: string, content?: string): ToolRow {
  return {
    action,
    read: (input) => {
      const path = textOf(input, member)
      if (path === undefined) return undefined
      if (action !== 'files.write') return { action, paths: [path] }
      const value = content === undefined ? undefined : input[content]
      return { action, paths: [path], change: { newSizeBytes: contentSizeBytes(value ?? ''), deletes: false } }
    },
  }
}

/** A glob may name its directory itself, so where it begins is joined to where it is said to begin. */
const glob: ToolRow = {
  action: 'files.list',
  read: (input) => {
    const pattern = textOf(input, 'pattern')
    const base = textOr(input, 'path', '.')
    if (pattern === undefined || base === undefined || globClimbs(pattern)) return undefined
    const start = globStart(pattern)
    return { action: 'files.list', paths: [start.startsWith('/') || start.startsWith('~') ? start : `${base}/${start}`] }
  },
}

const grep: ToolRow = {
  action: 'files.search',
  read: (input) => {
    const path = textOr(input, 'path', '.')
    const filter = textOr(input, 'glob', '*')
    if (path === undefined || filter === undefined || globClimbs(filter)) return undefined
    const start = globStart(filter)
    // A search in one file by its name is about that file.
    return { action: 'files.search', paths: start === '' ? [path] : [path, `${path}/${start}`] }
  },
}

const list: ToolRow = {
  action: 'files.list',
  read: (input) => {
    const path = textOr(input, 'path', '.')
    return path === undefined ? undefined : { action: 'files.list', paths: [path] }
  },
}

const bash: ToolRow = {
  action: 'process.run',
  read: (input) => {
    const command = textOf(input, 'command')
    return command === undefined ? undefined : { action: 'process.run', command, unsandboxed: input['dangerouslyDisableSandbox'] === true }
  },
}

const fetch: ToolRow = {
  action: 'http.request',
  read: (input) => {
    const url = textOf(input, 'url')
    return url === undefined ? undefined : { action: 'http.request', url }
  },
}

const agent: ToolRow = {
  action: 'agent.spawn',
  read: (input) => {
    const kind = textOr(input, 'subagent_type', 'general-purpose')
    const prompt = textOf(input, 'prompt')
    return kind === undefined || prompt === undefined ? undefined : { action: 'agent.spawn', kind, prompt }
  },
}

const mcp: ToolRow = { action: 'mcp.call', read: (_input: JsonObject, tool: string): ToolMeaning | undefined => mcpCall(tool) }

/** `mcp__server__tool`. A server's name may hold single underscores and the tool's anything; the first pair after it divides. */
export function mcpCall(name: string): Extract<ToolMeaning, { action: 'mcp.call' }> | undefined {
  const [, server = '', tool = ''] = /^mcp__(.+?)__(.+)$/s.exec(name) ?? []
  return server === '' || tool === '' ? undefined : { action: 'mcp.call', server, tool }
}

const rows: ReadonlyMap<string, ToolRow> = new Map([
  ['Agent', agent],
  ['Bash', bash],
  ['Edit', fileTool('files.write', 'file_path', 'new_string')],
  ['Glob', glob],
  ['Grep', grep],
  ['LS', list],
  ['MultiEdit', fileTool('files.write', 'file_path', 'edits')],
  ['NotebookEdit', fileTool('files.write', 'notebook_path', 'new_source')],
  ['NotebookRead', fileTool('files.read', 'notebook_path')],
  ['Read', fileTool('files.read', 'file_path')],
  ['Task', agent],
  ['WebFetch', fetch],
  ['WebSearch', { action: 'http.request', read: () => ({ action: 'http.request' }) }],
  ['Write', fileTool('files.write', 'file_path', 'content')],
])

/** Claude Code's tools, exact names: another spelling is another tool, and nobody has described it. */
export const claudeTools: ToolTable = (tool) => rows.get(tool) ?? (tool.startsWith('mcp__') ? mcp : unknownTool)
