import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineAgent, functionAgent } from '@ice-runtime/agents'
import { createIce } from '@ice-runtime/ice'

const place = mkdtempSync(join(tmpdir(), 'ice-embedded-'))

// A function of this program is trusted: it runs in this process. What it proposes is decided and recorded like any agent's.
const greeter = functionAgent(
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

await using ice = await createIce({ workspace: mkdtempSync(join(place, 'workspace-')), data: join(place, 'data') })
const run = await ice.run(greeter, { input: { name: 'World' }, allow: ['files.write:greeting.md'] })
const result = await run.done
process.stdout.write(`${JSON.stringify({ place, ...result }, null, 2)}\n`)
