import type { JsonObject } from '@ice-runtime/kernel'

/** What is proposed for one call of a host's tool: everything the host said of it, so that nothing else can be meant later. */
export interface HostArgs {
  readonly tool: string
  /** Absolute. */
  readonly cwd: string
  readonly input: JsonObject
}

/**
 * What one call of a host's tool comes to, in ICE's words. Each host has a table from its tools to these; facts, resources and
 * classes follow from the meaning alone, so that two hosts are judged alike.
 */
export type ToolMeaning =
  /** Paths as the host spelled them, at least one. */
  | { readonly action: FileActionName; readonly paths: readonly string[]; readonly change?: FileChange }
  | { readonly action: 'process.run'; readonly command: string; readonly unsandboxed?: boolean }
  /** Without `url` when the host alone knows where it asks. */
  | { readonly action: 'http.request'; readonly url?: string }
  | { readonly action: 'agent.spawn'; readonly kind: string; readonly prompt: string }
  | { readonly action: 'mcp.call'; readonly server: string; readonly tool: string }
  | { readonly action: 'host.tool' }

export type FileActionName = 'files.list' | 'files.read' | 'files.search' | 'files.write'
export type HostActionName = ToolMeaning['action']

export interface FileChange {
  /** Bytes of new content that the call carries. */
  readonly newSizeBytes: number
  readonly deletes: boolean
}

/** A row of a host's table. `read` answers undefined for an input that lacks what the tool needs: it is then refused. */
export interface ToolRow {
  readonly action: HostActionName
  read(input: JsonObject, tool: string): ToolMeaning | undefined
}

/** A host's tools. Total: a name that no row has is `host.tool`. */
export type ToolTable = (tool: string) => ToolRow

/** What stands for every tool nobody has described. */
export const unknownTool: ToolRow = { action: 'host.tool', read: () => ({ action: 'host.tool' }) }
