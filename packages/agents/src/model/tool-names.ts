/** Longest name that every model provider takes. */
const maxToolNameChars = 64

/** Both directions between action names (`files.write`) and what model providers accept as tool names (`files_write`). */
export interface ToolNames {
  toolOf(action: string): string
  /** Undefined for a name that was never offered. */
  actionOf(tool: string): string | undefined
}

/** One tool name per action, never the same for two: where they would meet, the later in name order gets a number. */
export function nameTools(actions: readonly string[]): ToolNames {
  const tools = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const action of [...actions].sort()) {
    const base = action.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, maxToolNameChars)
    let tool = base
    for (let copy = 2; taken.has(tool); copy += 1) {
      const suffix = `_${copy}`
      tool = base.slice(0, maxToolNameChars - suffix.length) + suffix
    }
    tools.set(action, tool)
    taken.set(tool, action)
  }
  return {
    toolOf: (action) => tools.get(action) ?? action,
    actionOf: (tool) => taken.get(tool),
  }
}
