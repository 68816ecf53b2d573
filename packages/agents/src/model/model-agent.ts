import { createHash } from 'node:crypto'
import { canonicalize, IceError, parseDigest } from '@ice-runtime/kernel'
import type { AgentHost, AgentStart, Json } from '@ice-runtime/kernel'
import type { ModelAgentOptions } from './model-options.ts'
import { keepAgent } from '../kept-agent.ts'
import { openModelSession } from './model-session.ts'

/** The loop's own version: part of the digest, because the same declaration under another loop proposes something else. */
const loopVersion = 1

const generateAction = 'model.generate'

/**
 * An agent without code: a model, instructions, and actions as its tools. `open` throws `agent.protocol` when a tool is not among
 * the actions of the run.
 */
export function modelAgent(options: ModelAgentOptions): AgentHost {
  const requests = options.requests ?? [{ actions: [generateAction, ...(options.tools ?? [])], resources: [] }]
  const declaration = canonicalize({ kind: 'model', loopVersion, ...(options as unknown as { readonly [key: string]: Json }) })
  return {
    identity: {
      name: options.name,
      version: options.version,
      kind: 'model',
      digest: parseDigest(createHash('sha256').update(declaration).digest('hex')),
    },
    bundle: keepAgent({ kind: 'model', options }),
    ...(options.output === undefined ? {} : { outputSchema: options.output }),
    requests,
    async open(start, channel) {
      const offered = offeredActions(start, options.tools)
      // A tool is named as its action is. What a service does not take as a name is its provider's to map.
      const tools = offered.map(({ action, description, argsSchema }) => ({ name: action, description, parameters: argsSchema }))
      return openModelSession({ options, tools, start, channel })
    },
  }
}

function offeredActions({ actions }: AgentStart, tools: readonly string[] | undefined): AgentStart['actions'] {
  if (tools === undefined) return actions.filter(({ action }) => action !== generateAction)
  return tools.map((tool) => {
    const found = actions.find(({ action }) => action === tool)
    if (found === undefined) throw ungranted(tool)
    return found
  })
}

function ungranted(tool: string): IceError {
  return new IceError(
    'agent.protocol',
    `the run may not propose ${tool}, which the agent has as a tool; grant it, as with --allow ${tool}:NAME`,
  )
}
