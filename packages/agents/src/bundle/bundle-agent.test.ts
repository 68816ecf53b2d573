import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQuickjsPool } from '../quickjs/pool.ts'
import type { QuickjsPool } from '../quickjs/pool.ts'
import { bundleAgent } from './bundle-agent.ts'

let root: string
let pool: QuickjsPool
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ice-bundle-'))
  pool = await openQuickjsPool({ workers: 1, maxTicksPerTurn: 200 })
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  rmSync(root, { recursive: true })
})

const agent = (word: string): string => `import { defineAgent } from '@ice-runtime/agents/define'
import type { AgentContext } from '@ice-runtime/agents/define'
import { word } from './lib/word.ts'
export default defineAgent({
  name: word, version: '2.0.0', output: { type: 'string' }, requests: [{ actions: ['files.read'], resources: ['${word}'] }],
  async run(input: string, ctx: AgentContext) { return word },
})
`

function write(directory: string, files: { readonly [path: string]: string }): string {
  const base = join(root, directory)
  mkdirSync(join(base, 'lib'), { recursive: true })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(base, path), text)
  return join(base, 'agent.ts')
}

test('a TypeScript agent and its imports become one script with what it says about itself', async () => {
  const entry = write('one', { 'agent.ts': agent('src'), 'lib/word.ts': `export const word: string = 'worded'` })
  const { manifest, code } = await bundleAgent(entry, { pool })
  expect(manifest).toEqual({
    name: 'worded',
    version: '2.0.0',
    output: { type: 'string' },
    requests: [{ actions: ['files.read'], resources: ['src'] }],
  })
  expect(code).not.toContain('import')
})

test('the same sources in another place are the same bundle, and one changed letter is another', async () => {
  const files = { 'agent.ts': agent('src'), 'lib/word.ts': `/* ${root} */ export const word = 'worded'` }
  const here = await bundleAgent(write('here', files), { pool })
  const there = await bundleAgent(write('over/there', files), { pool })
  expect(there.code).toBe(here.code)
  expect(there.digest).toBe(here.digest)
  expect((await bundleAgent(write('other', { ...files, 'agent.ts': agent('srd') }), { pool })).digest).not.toBe(here.digest)
})

test('a bare source needs no import and no file', async () => {
  const { manifest } = await bundleAgent(
    { file: 'bare.js', source: `defineAgent({ name: 'bare', version: '1', requests: [], run: () => 1 })` },
    { pool },
  )
  expect(manifest.name).toBe('bare')
})

test.each([
  ['a syntax error', 'const a = 1\nconst = 2', /^agent\.ts:2:/m],
  ['an import that is not there', `\nimport { a } from './nowhere.ts'\nexport default a`, /^agent\.ts:2:.*nowhere/m],
  ['a module of Node', `import fs from 'node:fs'\nexport default fs`, /^agent\.ts:1:.*node:fs/m],
  ['an error while it loads', '\n\nthrow new Error("too early")', /too early[^]*agent\.ts:3:/],
  ['no end of loading', 'for (;;);', /does not end/],
  ['nothing exported', 'const a = 1', /default export/],
  ['no function run', 'export default { name: "a", version: "1", requests: [] }', /no function run/],
  ['no name', 'export default { version: "1", requests: [], run() {} }', /name is not/],
  ['requests of a wrong shape', 'export default { name: "a", version: "1", requests: ["files.read"], run() {} }', /a request is not/],
])('%s is reported with its place', async (_, source, message) => {
  const entry = write('bad', { 'agent.ts': source })
  const bundling = bundleAgent(entry, { pool })
  await expect(bundling).rejects.toMatchObject({ code: 'agent.bundle_failed', message: expect.stringMatching(message) })
})
