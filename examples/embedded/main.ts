import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIce } from '@ice-runtime/ice'
import { greeter } from './greeter.ts'

const place = mkdtempSync(join(tmpdir(), 'ice-embedded-'))

await using ice = await createIce({ workspace: mkdtempSync(join(place, 'workspace-')), data: join(place, 'data') })
const run = await ice.run(greeter, { input: { name: 'World' }, allow: ['files.write:greeting.md'] })
const result = await run.done
process.stdout.write(`${JSON.stringify({ place, ...result }, null, 2)}\n`)
