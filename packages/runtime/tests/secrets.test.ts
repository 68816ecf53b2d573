import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainGrant } from '@ice-runtime/conformance'
import { defineEffect } from '@ice-runtime/effects'
import type { EffectContext, EffectReceipt } from '@ice-runtime/effects'
import { createScrubber, IceError } from '@ice-runtime/kernel'
import type { AgentHost, Driver, GrantTerms, Json, RunId, Secrets } from '@ice-runtime/kernel'
import type { RunResult } from '@ice-runtime/runtime'
import { z } from 'zod'
import { agentOf, findings, newPlace } from './place.ts'
import type { Place, Process } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const value = 'k3y/with+odd "characters" – and more'
const board = 'https://board.example.org:443'
const grant: GrantTerms = {
  ...plainGrant,
  actions: [...plainGrant.actions, 'board.*'],
  resources: [...plainGrant.resources, 'board:**'],
  egress: [board, 'https://elsewhere.example.org:443'],
}

function secretsOf(destinations: readonly string[] = [board]): Secrets & { readonly revealed: string[] } {
  const revealed: string[] = []
  const scrubber = createScrubber([value])
  return {
    revealed,
    scrubber,
    destinations: (name) => (name === 'board-key' ? destinations : undefined),
    reveal: (name) => {
      revealed.push(name)
      return Promise.resolve(value)
    },
  }
}

interface Posting {
  readonly secrets?: readonly string[]
  readonly egress?: readonly string[]
  readonly asks?: string
  readonly perform?: (key: string, context: EffectContext) => EffectReceipt<Json> | Promise<EffectReceipt<Json>>
}

/** An effect that asks for its key and does with it what a test wants. */
function posting({
  secrets = ['board-key'],
  egress = [board],
  asks = 'board-key',
  perform = () => ({ result: 'posted' }),
}: Posting = {}): Driver {
  return defineEffect<{ text: string }, Json>({
    action: 'board.post',
    version: 1,
    description: 'Posts a text.',
    args: z.strictObject({ text: z.string() }),
    class: 'observe',
    egress,
    secrets,
    costBound: {},
    resources: ['board:main'],
    describe: ({ text }) => `post ${text}`,
    perform: async (_args, context) => await perform(await context.secret(asks), context),
  })
}

async function codeOf(asking: Promise<unknown>): Promise<string> {
  return await asking.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof Error && 'code' in error ? `${String(error.code)}` : 'unknown'),
  )
}

const post = agentOf(async (context) => await codeOf(context.propose('board.post', { text: 'hello' })))

/** Everything below the data directory of a place, as one text. */
function kept(): string {
  const data = join(place.files, '..', 'data')
  const names = fs.readdirSync(data, { recursive: true, withFileTypes: true })
  return names.flatMap((entry) => (entry.isFile() ? fs.readFileSync(join(entry.parentPath, entry.name)).toString('latin1') : [])).join('\n')
}

/** In none of the forms a value is usually written in. */
function expectNowhere(text: string): void {
  const bytes = Buffer.from(value)
  const forms = [
    bytes.toString('latin1'),
    bytes.toString('base64').slice(0, -4),
    bytes.toString('base64url').slice(0, -4),
    encodeURIComponent(value),
    Buffer.from(JSON.stringify(value).slice(1, -1)).toString('latin1'),
  ]
  expect(forms.filter((form) => text.includes(form))).toEqual([])
}

async function outcome(process: Process, id: RunId, done: Promise<RunResult>): Promise<unknown> {
  const { output } = await done
  expect(await findings(process)).toEqual([])
  expect(process.entries(id).length).toBeGreaterThan(0)
  return output
}

describe('an effect that names a secret', () => {
  test('is given its value where all that it reaches may have it, and policy sees the name', async () => {
    const secrets = secretsOf()
    let used = ''
    const process = place.open({
      secrets,
      drivers: [
        posting({
          perform: (key) => {
            used = key
            return { result: 'posted' }
          },
        }),
      ],
    })
    const run = await process.start(post, { grants: [grant] })
    expect(await outcome(process, run.id, run.done)).toBe('succeeded')
    expect(used).toBe(value)
    const authorized = process.entries(run.id).find(({ type }) => type === 'ActionAuthorized')
    expect(authorized?.payload).toMatchObject({ prepared: { secrets: ['board-key'], facts: { secrets: ['board-key'] } } })
  })

  test.each<[string, Posting, readonly string[] | undefined, string]>([
    ['that is not declared', { secrets: ['other-key'] }, [board], 'secret.unknown'],
    ['for another destination', {}, ['https://other.example.org:443'], 'secret.destination'],
    ['for one of two destinations', { egress: [board, 'https://elsewhere.example.org:443'] }, [board], 'secret.destination'],
    ['and reaches nothing', { egress: [] }, [board], 'secret.destination'],
  ])('%s is refused before anything is decided, and no value is read', async (_, effect, destinations, code) => {
    const secrets = secretsOf(destinations)
    const process = place.open({ secrets, drivers: [posting(effect)] })
    const run = await process.start(post, { grants: [grant] })
    expect(await outcome(process, run.id, run.done)).toBe(code)
    expect(process.types(run.id)).not.toContain('ActionAuthorized')
    expect(secrets.revealed).toEqual([])
  })

  test('is given no other one', async () => {
    const secrets = { ...secretsOf(), destinations: () => [board] }
    const process = place.open({ secrets, drivers: [posting({ asks: 'other-key' })] })
    const run = await process.start(post, { grants: [grant] })
    expect(await outcome(process, run.id, run.done)).toBe('secret.unknown')
    expect(secrets.revealed).toEqual([])
  })

  test('is refused as unknown where a runtime was given none', async () => {
    const process = place.open({ drivers: [posting()] })
    const run = await process.start(post, { grants: [grant] })
    expect(await outcome(process, run.id, run.done)).toBe('secret.unknown')
  })
})

describe('no value is ever kept, told or said, whatever is done with it:', () => {
  const bytes = Buffer.from(value)
  const encodings: Json = {
    plain: value,
    base64: bytes.toString('base64'),
    within: Buffer.from(`user:${value}`).toString('base64'),
    url: `https://board.example.org/?key=${encodeURIComponent(value)}`,
    json: JSON.stringify({ key: value }),
    [value]: [value],
  }
  const misbehaving: readonly (readonly [string, NonNullable<Posting['perform']>])[] = [
    ['returned', () => ({ result: encodings })],
    ['returned in a result that is kept by digest', () => ({ result: [encodings, 'x'.repeat(5000)] })],
    ['thrown', (key) => Promise.reject(new Error(`401 for ${key}`, { cause: new Error(key) }))],
    ['thrown as a fault', (key) => Promise.reject(new IceError('effect.failed', `401 for ${key}`, { hint: key }))],
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- an author may reject with anything
    ['thrown as text', (key) => Promise.reject(key)],
    ['thrown with a code', (key) => Promise.reject(Object.assign(new Error(key), { code: key }))],
    ['kept as content', (key, { blobs }) => ({ result: blobs.put(Buffer.from(`raw ${key} raw`)).blob })],
  ]

  test.each(misbehaving)('%s', async (_, perform) => {
    const logs: string[] = []
    const process = place.open({ secrets: secretsOf(), drivers: [posting({ perform })], onAgentLog: (text) => logs.push(text) })
    const told: unknown[] = []
    const agent = agentOf(async (context) => {
      try {
        told.push(await context.propose('board.post', { text: 'hello' }))
      } catch (error) {
        told.push(error instanceof Error ? `${error.message} ${error.stack}` : error)
      }
      return told
    })
    const run = await process.start(agent, { grants: [grant] })
    await outcome(process, run.id, run.done)
    expectNowhere(JSON.stringify(told))
    expectNowhere(kept())
  })

  test('an agent that knows it from elsewhere says it in every way it has', async () => {
    const logs: string[] = []
    const process = place.open({ secrets: secretsOf(), drivers: [posting()], onAgentLog: (text) => logs.push(text) })
    const speaker = agentOf(async (context) => {
      await codeOf(context.propose('files.write', { path: 'a.txt', content: `it is ${value}` }))
      await codeOf(context.propose('files.write', { path: 'large.txt', content: value.repeat(500) }))
      await codeOf(context.propose('board.post', { text: value }, { reason: `because ${value}` }))
      await codeOf(context.propose(value, {}))
      await codeOf(context.propose('files.read', { path: value }))
      return { answer: value, [value]: 1 }
    })
    const agent: AgentHost = {
      ...speaker,
      open: async (start, channel) => {
        channel.log('info', `it is ${value}`)
        channel.state({ type: 'PlanStated', payload: { text: `use ${value}` } })
        return await speaker.open(start, channel)
      },
    }
    const run = await process.start(agent, { grants: [grant], input: null })
    const { output } = await run.done
    expectNowhere(JSON.stringify(output ?? null))
    expectNowhere(kept())
    expectNowhere(logs.join('\n'))
    expect(logs).toHaveLength(1)
    expectNowhere(place.read('a.txt') ?? '')
    expect(place.read('a.txt')).toBe('it is [secret removed]')
    expect(await findings(process)).toEqual([])
  })

  test('an agent that fails with it, on an input that holds it', async () => {
    const process = place.open({ secrets: secretsOf() })
    const agent = agentOf(() => Promise.reject(new Error(`I know ${value}`)))
    const run = await process.start(agent, { grants: [grant], input: { key: value } })
    expect(await run.done).toMatchObject({ outcome: 'aborted' })
    expectNowhere(kept())
  })

  test('a file of the workspace that holds it is read without it', async () => {
    place.write('notes.txt', `the key is ${value}`)
    const process = place.open({ secrets: secretsOf() })
    const agent = agentOf(async (context) => await context.propose('files.read', { path: 'notes.txt' }))
    const run = await process.start(agent)
    const { output } = await run.done
    expect(output).toMatchObject({ text: 'the key is [secret removed]' })
    expectNowhere(kept())
  })
})
