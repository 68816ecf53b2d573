import { contentSizeBytes, textOf, textOr } from '../action/input-members.ts'
import { unknownTool } from '../action/tool-meaning.ts'
import type { FileActionName, ToolRow, ToolTable } from '../action/tool-meaning.ts'
import { claudeTools } from '../claude-code/tools.ts'

/** Cursor's documents do not fix the names of members, so each is looked for under those its tools are seen with. */
const pathMembers: readonly string[] = ['file_path', 'path', 'target_file', 'target_directory', 'notebook_path']

function fileTool(action: FileActionName, fallback?: string): ToolRow {
  return {
    action,
    read: (input) => {
      const named = pathMembers.map((member) => textOf(input, member)).filter((path) => path !== undefined)
      const paths = named.length === 0 && fallback !== undefined ? [fallback] : named
      if (paths.length === 0) return undefined
      if (action !== 'files.write') return { action, paths }
      return { action, paths, change: { newSizeBytes: contentSizeBytes(input), deletes: false } }
    },
  }
}

const shell: ToolRow = {
  action: 'process.run',
  read: (input) => {
    const command = textOf(input, 'command')
    return command === undefined ? undefined : { action: 'process.run', command }
  },
}

const remove: ToolRow = {
  action: 'files.write',
  read: (input) => {
    const paths = pathMembers.map((member) => textOf(input, member)).filter((path) => path !== undefined)
    return paths.length === 0 ? undefined : { action: 'files.write', paths, change: { newSizeBytes: 0, deletes: true } }
  },
}

const task: ToolRow = {
  action: 'agent.spawn',
  read: (input) => {
    const prompt = textOr(input, 'prompt', '') ?? textOr(input, 'description', '')
    return prompt === undefined ? undefined : { action: 'agent.spawn', kind: textOf(input, 'subagent_type') ?? 'default', prompt }
  },
}

/** `MCP:<tool>` names no server. */
const mcp: ToolRow = {
  action: 'mcp.call',
  read: (input, tool) => ({ action: 'mcp.call', server: textOf(input, 'server') ?? 'unknown', tool: tool.slice('MCP:'.length) }),
}

const rows: ReadonlyMap<string, ToolRow> = new Map([
  ['Delete', remove],
  ['Grep', fileTool('files.search', '.')],
  ['Read', fileTool('files.read')],
  ['Shell', shell],
  ['Task', task],
  ['Write', fileTool('files.write')],
])

/** Cursor's own tools; names it does not have are looked up as Claude Code's, whose hooks it can load. */
export const cursorTools: ToolTable = (tool) => {
  if (tool.startsWith('MCP:') && tool.length > 'MCP:'.length) return mcp
  const row = rows.get(tool)
  if (row !== undefined) return row
  return tool === 'Bash' || tool.startsWith('mcp__') ? claudeTools(tool) : unknownTool
}
