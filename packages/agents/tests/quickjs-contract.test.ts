import { afterAll, beforeAll } from 'vitest'
import { agentHostContract } from '@ice-runtime/conformance'
import type { AgentBehaviours } from '@ice-runtime/conformance'
import { bundleAgent, openQuickjsPool, quickjsAgent } from '@ice-runtime/agents'
import type { QuickjsPool } from '@ice-runtime/agents'
import { codeBehaviours, definitionSource } from './agent-behaviours.ts'

let pool: QuickjsPool
let behaviours: AgentBehaviours

beforeAll(async () => {
  // One thread, so that bad agents sit beside good ones.
  pool = await openQuickjsPool({ workers: 1, maxTicksPerTurn: 2000 })
  const hosts = await Promise.all(
    codeBehaviours.map(async (behaviour) => {
      const source = `export default ${definitionSource(behaviour)}`
      const bundle = await bundleAgent({ source, file: `${behaviour}.js` }, { pool })
      return [behaviour, { host: quickjsAgent({ bundle, pool, maxMemoryBytes: 24 * 1024 * 1024 }) }] as const
    }),
  )
  behaviours = Object.fromEntries(hosts) as unknown as AgentBehaviours
})
afterAll(() => pool[Symbol.asyncDispose]())

agentHostContract('the QuickJS host', { behaviours: () => behaviours, has: codeBehaviours, promisesReplay: true })
