import { agentHostContract } from '@ice-runtime/conformance'
import type { AgentBehaviours } from '@ice-runtime/conformance'
import { functionAgent } from '@ice-runtime/agents'
import type { AgentDefinition } from '@ice-runtime/agents'
import { definitionSource } from './agent-behaviours.ts'
import type { CodeBehaviour } from './agent-behaviours.ts'

/** What never yields, fills memory or waits for nothing cannot be ended in process: the host is for trusted functions. */
const has: readonly CodeBehaviour[] = ['echo', 'ask', 'askFive', 'flood', 'crash']

const worlds = has.map((behaviour) => {
  // oxlint-disable-next-line no-implied-eval -- the same agents as text for both hosts that run code, written in this package
  const definition = new Function(`return (${definitionSource(behaviour)})`)() as AgentDefinition
  return [behaviour, { host: functionAgent({ ...definition, name: behaviour }) }] as const
})
const behaviours = Object.fromEntries(worlds) as unknown as AgentBehaviours

agentHostContract('the function host', { behaviours: () => behaviours, has, promisesReplay: false })
