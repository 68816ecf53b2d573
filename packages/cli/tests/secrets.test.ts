import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentSource, openPlace } from './ice-process.ts'
import type { Place } from './ice-process.ts'

const key = 'sk-test-0123456789abcdef+/='
let place: Place

beforeEach(() => {
  place = openPlace({ ICE_MODEL_KEY: key, OTHER_KEY: 'other-key-0123456789' })
})
afterEach(() => place[Symbol.dispose]())

/** A service that says the key it was given in everything it answers. */
async function openEcho(status: number): Promise<AsyncDisposable & { readonly url: string; readonly heard: string[] }> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    const said = request.headers.authorization ?? ''
    heard.push(said)
    const text = `${said} ${Buffer.from(said).toString('base64')} ${encodeURIComponent(said)}`
    response.writeHead(status, { 'content-type': 'application/json' })
    const message = { role: 'assistant', content: text }
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    response.end(
      JSON.stringify(status === 200 ? { choices: [{ index: 0, message, finish_reason: 'stop' }], usage } : { error: { message: text } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    heard,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  }
}

const generate = { model: 'openai:m', messages: [{ role: 'user', content: 'hello' }], maxOutputTokens: 100 }
const asks = agentSource(
  'asker',
  `console.log('asking'); try { return await ctx.propose('model.generate', ${JSON.stringify(generate)}) } catch (error) { return [error.code, error.message] }`,
)

function everythingKept(): string {
  const entries = readdirSync(place.data, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => (entry.isFile() ? readFileSync(join(entry.parentPath, entry.name)).toString('latin1') : [])).join('\n')
}

function expectNowhere(text: string, value = key): void {
  const encoded = Buffer.from(value).toString('base64').slice(0, -4)
  for (const form of [value, encoded, encoded.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(value)])
    expect(text).not.toContain(form)
}

describe('the key of a model', () => {
  test.each([200, 401])('goes to its service alone, whatever that answers with %d', async (status) => {
    await using echo = await openEcho(status)
    const agent = place.write('agent.ts', asks)
    const { stdout, stderr } = await place.ice('run', agent, '--model', `openai:m@${echo.url}`, '--allow', 'model.generate:openai')
    expect(echo.heard).toEqual([`Bearer ${key}`])
    expect(stdout).toContain('[secret removed]')
    expectNowhere(stdout + stderr)
    expectNowhere(everythingKept())
    expectNowhere((await place.ice('show', 'last', '--events', '--json')).stdout)
  })

  test('is another one where that is declared, and goes nowhere else', async () => {
    await using echo = await openEcho(200)
    const agent = place.write('agent.ts', asks)
    const run = (destination: string): ReturnType<Place['ice']> =>
      place.ice(
        'run',
        agent,
        '--model',
        `openai:m@${echo.url}`,
        '--allow',
        'model.generate:openai',
        '--secret',
        `openai-key=env:OTHER_KEY@${destination}`,
      )
    expect((await run('https://api.example.org:443')).stdout).toContain('["secret.destination"')
    expect(echo.heard).toEqual([])
    const { stdout, stderr } = await run(echo.url.replace('/v1', ''))
    expect(echo.heard).toEqual(['Bearer other-key-0123456789'])
    expectNowhere(stdout + stderr + everythingKept(), 'other-key-0123456789')
  })
})

test('what an agent, a command line or a crash says is looked through', async () => {
  const agent = place.write(
    'agent.ts',
    agentSource('talker', `console.log('log ${key}'); console.error({ nested: '${key}' }); throw new Error('crash ${key}')`),
  )
  const secret = [
    '--secret',
    'other-key=env:OTHER_KEY@https://api.example.org:443',
    '--secret',
    'model-key=env:ICE_MODEL_KEY@ledger:main',
  ] as const
  const crashed = await place.ice('run', agent, ...secret, '--input', JSON.stringify({ key: 'other-key-0123456789' }))
  expect(crashed.stderr).toContain('log [secret removed]')
  expect(crashed.exit).toBe(10)
  expectNowhere(crashed.stdout + crashed.stderr)
  expectNowhere(everythingKept(), 'other-key-0123456789')
  const explained = await place.ice('explain', 'last')
  expect(explained.stdout).toContain('crash [secret removed]')
})

test('a declaration that cannot be kept is refused before anything is run', async () => {
  const agent = place.write('agent.ts', asks)
  const { exit, stderr } = await place.ice('run', agent, '--secret', 'k=the-key-itself')
  expect(stderr).toContain('secret.invalid')
  expect(exit).toBe(2)
})
