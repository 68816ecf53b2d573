import { textOf } from '../action/input-members.ts'
import { unknownTool } from '../action/tool-meaning.ts'
import type { ToolRow, ToolTable } from '../action/tool-meaning.ts'
import { mcpCall } from '../claude-code/tools.ts'
import { patchedPaths } from './patched-paths.ts'

/** Codex calls every way to run a command `Bash` where hooks see it. */
const bash: ToolRow = {
  action: 'process.run',
  read: (input) => {
    const command = textOf(input, 'command')
    return command === undefined ? undefined : { action: 'process.run', command }
  },
}

const patch: ToolRow = {
  action: 'files.write',
  read: (input) => {
    const text = textOf(input, 'command') ?? textOf(input, 'input')
    const patched = text === undefined ? undefined : patchedPaths(text)
    if (text === undefined || patched === undefined) return undefined
    const { paths, deletes } = patched
    return { action: 'files.write', paths, change: { newSizeBytes: Buffer.byteLength(text), deletes } }
  },
}

const image: ToolRow = {
  action: 'files.read',
  read: (input) => {
    const path = textOf(input, 'path')
    return path === undefined ? undefined : { action: 'files.read', paths: [path] }
  },
}

const agent: ToolRow = {
  action: 'agent.spawn',
  read: (input) => {
    const prompt = textOf(input, 'message')
    return prompt === undefined ? undefined : { action: 'agent.spawn', kind: textOf(input, 'agent_type') ?? 'default', prompt }
  },
}

const rows: ReadonlyMap<string, ToolRow> = new Map([
  ['Bash', bash],
  ['apply_patch', patch],
  ['spawn_agent', agent],
  ['view_image', image],
])

const mcp: ToolRow = { action: 'mcp.call', read: (_input, tool) => mcpCall(tool) }

/** Codex's tools as its hooks name them. */
export const codexTools: ToolTable = (tool) => rows.get(tool) ?? (tool.startsWith('mcp__') ? mcp : unknownTool)
