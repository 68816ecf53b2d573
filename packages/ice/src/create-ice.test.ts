import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleAgent, defineAgent, functionAgent, quickjsAgent } from '@ice-runtime/agents'
import { scriptedProvider } from '@ice-runtime/effects'
import type { ModelProvider } from '@ice-runtime/effects'
import { readEntries } from '@ice-runtime/runtime'
import type { AgentHost, Driver } from '@ice-runtime/kernel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIce } from './create-ice.ts'
import type { Ice } from './create-ice.ts'

let place: string
let workspace: string
let data: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ice-create-'))
  workspace = join(place, 'workspace')
  data = join(place, 'data')
  mkdirSync(workspace)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const asking = { model: 'scripted:script', messages: [{ role: 'user', content: 'Go on.' }] }

/** Writes, asks a model, and writes what it answered. */
function asker(): AgentHost {
  return functionAgent(
    defineAgent({
      name: 'asker',
      version: '1.0.0',
      requests: [],
      async run(_input, { propose }) {
        await propose('files.write', { path: 'before.md', content: 'asked\n' })
        const { text } = await propose<{ readonly text: string }>('model.generate', asking)
        await propose('files.write', { path: 'after.md', content: text })
      },
    }),
  )
}

/** The same agent as a bundle, which a sandbox runs. */
async function bundledAsker(ice: Ice): Promise<AgentHost> {
  const source = `import { defineAgent } from '@ice-runtime/agents/define'
export default defineAgent({
  name: 'asker', version: '1.0.0', requests: [],
  async run(input: any, { propose }: any) {
    await propose('files.write', { path: 'before.md', content: 'asked\\n' })
    const { text } = await propose('model.generate', ${JSON.stringify(asking)})
    await propose('files.write', { path: 'after.md', content: text })
  },
})`
  const pool = await ice.quickjs()
  return quickjsAgent({ bundle: await bundleAgent({ source, file: join(place, 'asker.ts') }, { pool }), pool })
}

const allow = ['files.write:.', 'model.generate:scripted']
const answering = (): ModelProvider => scriptedProvider({ script: { replies: [{ text: 'an answer\n' }] } })

/** Says when it was asked, and answers no more than a process that is gone. */
function silent(): { readonly provider: ModelProvider; readonly asked: Promise<void> } {
  const asked = Promise.withResolvers<void>()
  const generate: ModelProvider['generate'] = (_request, { signal }) => {
    asked.resolve()
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
  }
  return { asked: asked.promise, provider: { destination: undefined, maxAttempts: 1, generate } }
}

describe('createIce', () => {
  test('commits what was allowed and refuses the rest', async () => {
    await using ice = await createIce({ workspace, data, models: { scripted: answering() } })
    const run = await ice.run(asker(), { allow })
    expect(await run.done).toMatchObject({ outcome: 'committed', refused: 0 })
    expect(readFileSync(join(workspace, 'after.md'), 'utf8')).toBe('an answer\n')
    const denied = await ice.run(asker())
    expect(await denied.done).toMatchObject({ outcome: 'aborted', refused: 1 })
  })

  test('keeps no data inside the workspace it opens, or one that a run names', async () => {
    await expect(createIce({ workspace, data: join(workspace, '.ice') })).rejects.toMatchObject({ code: 'data.inside_workspace' })
    expect(readdirSync(workspace)).toEqual([])
    await using ice = await createIce({ workspace, data })
    await expect(ice.run(asker(), { workspace: place })).rejects.toMatchObject({ code: 'data.inside_workspace' })
  })

  test('makes a data directory that only its owner can enter', async () => {
    await using _ice = await createIce({ workspace, data })
    expect(statSync(data).mode & 0o777).toBe(0o700)
  })

  test('lets one owner at a time have a data directory', async () => {
    const first = await createIce({ workspace, data })
    await expect(createIce({ workspace, data })).rejects.toMatchObject({ code: 'data.in_use' })
    await first.close('finish')
    await using second = await createIce({ workspace, data })
    expect(second.data).toBe(data)
  })

  test('touches no files where there is no workspace', async () => {
    await using ice = await createIce({ workspace: null, data, models: { scripted: answering() } })
    const run = await ice.run(asker(), { allow })
    expect(await run.done).toMatchObject({ outcome: 'aborted', refused: 1 })
    const refused = readEntries(ice.store.log, run.id).find((entry) => entry.type === 'ActionRefused')
    expect(refused?.payload).toMatchObject({ code: 'action.unknown' })
  })

  test('serves the control socket only where it was asked to', async () => {
    await using _ice = await createIce({ workspace, data })
    expect(existsSync(join(data, 'control.sock'))).toBe(false)
    await using _other = await createIce({ workspace, data: join(place, 'other'), control: true })
    expect(existsSync(join(place, 'other', 'control.sock'))).toBe(true)
  })
})

describe('a run that outlives its process', () => {
  test('goes on in the next one, with the agent of the program', async () => {
    const { provider, asked } = silent()
    const first = await createIce({ workspace, data, models: { scripted: provider } })
    const { id } = await first.run(asker(), { allow })
    await asked
    await first.close('suspend')
    expect(readdirSync(workspace)).toEqual([])

    await using second = await createIce({ workspace, data, models: { scripted: answering() }, agents: [asker()] })
    const { resumed, setAside } = await second.recover()
    expect([resumed.map((run) => run.id), setAside]).toEqual([[id], []])
    expect(await resumed[0]?.done).toMatchObject({ outcome: 'committed' })
    expect(readFileSync(join(workspace, 'before.md'), 'utf8')).toBe('asked\n')
    expect(readFileSync(join(workspace, 'after.md'), 'utf8')).toBe('an answer\n')
  })

  test('finds its workspace where it was, without being told', async () => {
    const { provider, asked } = silent()
    const first = await createIce({ workspace, data, models: { scripted: provider } })
    await first.run(asker(), { allow })
    await asked
    await first.close('suspend')
    await using second = await createIce({ workspace: null, data, models: { scripted: answering() }, agents: [asker()] })
    const { resumed } = await second.recover()
    expect(await resumed[0]?.done).toMatchObject({ outcome: 'committed' })
    expect(readFileSync(join(workspace, 'after.md'), 'utf8')).toBe('an answer\n')
  })

  test('is left alone where the program no longer has its agent', async () => {
    const { provider, asked } = silent()
    const first = await createIce({ workspace, data, models: { scripted: provider } })
    const { id } = await first.run(asker(), { allow })
    await asked
    await first.close('suspend')
    await using second = await createIce({ workspace, data, models: { scripted: answering() } })
    expect(await second.recover()).toMatchObject({ resumed: [], setAside: [{ run: id, code: 'agent.not_found' }] })
  })

  test('finds a bundled agent where it was kept with the run', async () => {
    const { provider, asked } = silent()
    const first = await createIce({ workspace, data, models: { scripted: provider } })
    const agent = await bundledAsker(first)
    await first.run(agent, { allow })
    await asked
    await first.close('suspend')

    await using second = await createIce({ workspace, data, models: { scripted: answering() } })
    const { resumed } = await second.recover()
    expect(await resumed[0]?.done).toMatchObject({ outcome: 'committed' })
    expect(readFileSync(join(workspace, 'after.md'), 'utf8')).toBe('an answer\n')
    const restored = await second.agent({ ...agent.identity })
    expect(restored?.identity.digest).toBe(agent.identity.digest)
  })
})

test('an effect that states a fact of an action of a host with another type is refused at once: one policy could not read both', async () => {
  const effect = (port: 'string' | 'integer'): Driver => ({
    action: 'http.request',
    version: 1,
    description: 'Asks somewhere.',
    argsSchema: {},
    facts: { port: { type: port } },
    performer: 'runtime',
    deadlineMs: 1000,
    prepare: () => ({ refused: 'args.invalid', detail: 'nobody proposes it here' }),
    perform: () => Promise.reject(new Error('nobody performs it here')),
    describe: () => 'Ask somewhere.',
  })
  await expect(createIce({ workspace, data, effects: [effect('string')] })).rejects.toMatchObject({ code: 'effect.definition_invalid' })
  // The directory is free again.
  await using ice = await createIce({ workspace, data, effects: [effect('integer')] })
  expect(ice.runtime.standing().system.policy).toBeUndefined()
})
