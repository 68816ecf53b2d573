import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentSource, openPlace } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place

beforeEach(() => {
  place = openPlace()
  place.write('workspace/notes.txt', 'notes')
  place.write('workspace/.env', 'PASSWORD=1')
})
afterEach(() => place[Symbol.dispose]())

/** Nobody listens there: what is allowed to leave cannot be delivered, and says so. */
const model = ['--model', 'openai:m@http://127.0.0.1:9/v1'] as const
const generate = { model: 'openai:m', messages: [{ role: 'user', content: 'hello' }], maxOutputTokens: 10 }
const ask = `ctx.propose('model.generate', ${JSON.stringify(generate)})`
const asking = `try { await ${ask} } catch (error) { codes.push(error.code) }`
const reading = (path: string): string => `await ctx.propose('files.read', { path: '${path}' })`

function told(...steps: readonly string[]): string {
  return place.write('agent.ts', agentSource('teller', `const codes = []; ${steps.join('; ')}; return codes`))
}

async function codes(agent: string, ...allow: readonly string[]): Promise<unknown> {
  const allowed = ['files.read', ...allow].flatMap((text) => ['--allow', text])
  const { stdout } = await place.ice('run', agent, ...model, ...allowed)
  return JSON.parse(stdout.split('\n')[1] ?? 'null')
}

describe('a model that is not on this machine', () => {
  test('is asked before the workspace was read, and not after, unless its grant is cleared for it', async () => {
    const agent = told(asking, reading('notes.txt'), asking)
    expect(await codes(agent, 'model.generate:openai')).toEqual(['model.unreachable', 'label.egress'])
    const clearedRun = await codes(agent, 'model.generate:openai,clear=private')
    expect(clearedRun).toEqual(['model.unreachable', 'model.unreachable'])
  })

  test('is told of a grant that would do, which is tried first', async () => {
    await codes(told(reading('notes.txt'), asking), 'model.generate:openai')
    const { refused } = JSON.parse((await place.ice('explain', 'last', '--json')).stdout) as {
      readonly refused: readonly { readonly seq: number }[]
    }
    const { stdout } = await place.ice('explain', `last#${refused[0]?.seq}`)
    expect(stdout).toMatch(/labels +refused +label\.egress: what the run has seen is untrusted\/private/)
    expect(stdout).toContain('--allow model.generate:openai:m,clear=private   (decided again with it: allowed)')
    expect((await place.ice('show', 'last')).stdout).toMatch(/seen +what is untrusted\/private/)
  })
})

test('an operator lowers the label of a run, which then goes on and may say what it has seen', async () => {
  const agent = told(
    reading('notes.txt'),
    `let code; do { try { await ${ask} } catch (error) { code = error.code } } while (code === 'label.egress'); codes.push(code)`,
  )
  const held = await place.ice('run', agent, ...model, '--allow', 'files.read', '--allow', 'model.generate:openai')
  expect(held.exit).toBe(6)
  const lower = (...args: readonly string[]): ReturnType<Place['ice']> => place.ice('declassify', 'last', ...args)
  expect((await lower('--to', 'untrusted/public')).stderr).toContain('say why')
  expect((await lower('--to', 'public', '--reason', 'why')).stderr).toContain('is no label')
  expect((await lower('--to', 'untrusted/secret', '--reason', 'why')).exit).toBe(2)
  const lowered = await lower('--to', 'untrusted/public', '--reason', 'the notes are published')
  expect(lowered.stdout).toMatch(/^run_\S+ {2}untrusted\/private → untrusted\/public\n$/)
  const resumed = await place.ice('resume', 'last', ...model)
  expect(resumed.stdout).toContain('["model.unreachable"]')
  expect((await place.ice('show', 'last')).stdout).toMatch(/declassified +untrusted\/private → untrusted\/public +the notes are published/)
  expect((await place.ice('verify')).exit).toBe(0)
})
