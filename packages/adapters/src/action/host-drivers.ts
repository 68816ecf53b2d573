import type { Driver, FactDeclarations } from '@ice-runtime/kernel'
import { commandFactTypes } from './command-facts.ts'
import { hostDriver } from './host-driver.ts'
import type { HostAction, HostDriverOptions } from './host-driver.ts'

const tool: FactDeclarations = { tool: { type: 'string' } }

const pathFactTypes: FactDeclarations = {
  ...tool,
  path: { type: 'string' },
  extension: { type: 'string' },
  count: { type: 'integer' },
  outside: { type: 'boolean' },
  secretShaped: { type: 'boolean' },
}

const inputFactTypes: FactDeclarations = { ...tool, inputSizeBytes: { type: 'integer' }, inputDigest: { type: 'string' } }

const actions: readonly HostAction[] = [
  { action: 'files.read', description: 'The host reads a file.', facts: pathFactTypes },
  { action: 'files.list', description: 'The host lists or matches names below a directory.', facts: pathFactTypes },
  { action: 'files.search', description: 'The host searches files below a directory.', facts: pathFactTypes },
  {
    action: 'files.write',
    description: 'The host changes files in place, at once.',
    facts: { ...pathFactTypes, newSizeBytes: { type: 'integer' }, deletes: { type: 'boolean' } },
  },
  {
    action: 'process.run',
    description: 'The host runs a command.',
    facts: {
      ...tool,
      ...commandFactTypes,
      cwd: { type: 'string' },
      outside: { type: 'boolean' },
      unsandboxed: { type: 'boolean' },
    },
  },
  {
    action: 'http.request',
    description: 'The host asks an address, or a search service of its own.',
    facts: {
      ...tool,
      method: { type: 'string' },
      scheme: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'integer' },
      known: { type: 'boolean' },
      url: { type: 'string', optional: true },
    },
  },
  {
    action: 'agent.spawn',
    description: 'The host starts an agent of its own, whose tools ask again.',
    facts: { ...tool, kind: { type: 'string' }, promptSizeBytes: { type: 'integer' }, promptDigest: { type: 'string' } },
  },
  {
    action: 'mcp.call',
    description: 'The host calls a tool of an MCP server it is connected to.',
    facts: { ...inputFactTypes, server: { type: 'string' }, name: { type: 'string' } },
  },
  { action: 'host.tool', description: 'The host uses a tool nobody has described.', facts: inputFactTypes },
]

/** The drivers of everything a host performs. In name order of the actions they are a catalog of their own. */
export function driversOver(options: HostDriverOptions): readonly Driver[] {
  return actions.map((action) => hostDriver(action, options))
}
