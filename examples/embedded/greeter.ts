import { defineAgent, functionAgent } from '@ice-runtime/agents'
import type { AgentHost } from '@ice-runtime/kernel'

/** A function of this program is trusted: it runs in this process. What it proposes is decided and recorded like any agent's. */
export const greeter: AgentHost = functionAgent(
  defineAgent<{ readonly name: string }>({
    name: 'greeter',
    version: '1.0.0',
    requests: [{ actions: ['files.write'], resources: ['file:greeting.md'] }],
    async run({ name }, { propose }) {
      await propose('files.write', { path: 'greeting.md', content: `Hello, ${name}!\n` })
      const refused = await propose('files.write', { path: 'other.md', content: 'not granted' }).catch(String)
      return { greeted: name, refused }
    },
  }),
)
