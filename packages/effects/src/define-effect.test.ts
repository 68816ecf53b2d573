import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { emptyMap, IceError, parseRunId } from '@ice-runtime/kernel'
import type {
  Driver,
  EffectClass,
  Json,
  PerformContext,
  PreparedAction,
  PrepareContext,
  PrepareRefusal,
  Receipt,
} from '@ice-runtime/kernel'
import { openMemoryBlobs } from '@ice-runtime/conformance'
import { defineEffect } from './define-effect.ts'
import type { EffectDefinition } from './effect-definition.ts'

const args = z.strictObject({ to: z.string(), count: z.int().default(1) })
type Args = z.infer<typeof args>
type Definition = EffectDefinition<Args, Json>

const mail: Definition = {
  action: 'mail.send',
  version: 1,
  description: 'Sends mail.',
  args,
  class: 'keyed',
  egress: ({ to }) => [`mail:${to}`],
  costBound: { moneyMicro: 5 },
  resources: ({ to }) => [`mailbox:${to}`],
  describe: ({ to }) => `Send mail to ${to}.`,
  perform: ({ to }) => ({ result: { sent: to } }),
}

const base = { runId: parseRunId('run_definition000'), at: 7, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
const preparing: PrepareContext = { ...base, signal: new AbortController().signal }
function performing(signal: AbortSignal = new AbortController().signal): PerformContext {
  return { ...base, key: 'run_definition000#1', signal }
}

/** Whether a driver throws or rejects is all the same to who waits for it. */
async function performed(driver: Driver, request: PreparedAction): Promise<Receipt> {
  return await driver.perform(request, performing())
}

async function prepare(change: Partial<Definition>, proposal: Json = { to: 'ada' }): Promise<PreparedAction | PrepareRefusal> {
  return defineEffect({ ...mail, ...change }).prepare(proposal, preparing)
}

async function prepared(change: Partial<Definition> = {}): Promise<PreparedAction> {
  const answer = await prepare(change)
  if ('refused' in answer) throw new Error(answer.detail)
  return answer
}

function coded(code: string): unknown {
  return expect.objectContaining({ code })
}

describe('a definition', () => {
  const { class: _class, costBound: _costBound, ...undeclared } = mail

  test('that declares neither class nor cost is irreversible at an unknown price', async () => {
    const answer = await defineEffect(undeclared).prepare({ to: 'ada' }, preparing)
    expect(answer).toMatchObject({ class: 'irreversible', cost: { moneyMicro: 'unknown' } })
  })

  test('computes what depends on the arguments from the parsed ones', async () => {
    expect(await prepared({ class: ({ count }) => (count === 1 ? 'keyed' : 'irreversible') })).toMatchObject({
      args: { to: 'ada', count: 1 },
      class: 'keyed',
      egress: { destinations: ['mail:ada'] },
      resources: ['mailbox:ada'],
      facts: { to: 'ada', count: 1 },
    })
  })

  test('names every destination once and in order', async () => {
    expect((await prepared({ egress: ['z:1', 'a:1', 'z:1'] })).egress).toEqual({ destinations: ['a:1', 'z:1'] })
    expect(await prepared({ egress: [] })).not.toHaveProperty('egress')
  })

  test('has a probe and a way back only where its author wrote one', () => {
    expect(defineEffect(mail)).not.toHaveProperty('probe')
    expect(defineEffect(mail)).not.toHaveProperty('compensate')
    expect(defineEffect({ ...mail, probe: async () => ({ found: 'unknown' }) })).toHaveProperty('probe')
  })

  test.each<[string, object]>([
    ['a name that is none', { action: 'Mail.send' }],
    ['version 0', { version: 0 }],
    ['no description', { description: ' ' }],
    ['a deadline of 0', { deadlineMs: 0 }],
    ['a deadline of a day', { deadlineMs: 86_400_000 }],
    ['silence about egress', { egress: undefined }],
    ['no resources', { resources: undefined }],
    ['no describe', { describe: undefined }],
    ['arguments that are no object', { args: z.string() }],
    ['arguments that drop unknown keys', { args: z.object({ to: z.string() }) }],
    ['arguments that keep unknown keys', { args: z.looseObject({ to: z.string() }) }],
    ['nested arguments that drop unknown keys', { args: z.strictObject({ to: z.array(z.object({ name: z.string() })) }) }],
    ['arguments without a JSON Schema', { args: z.strictObject({ to: z.bigint() }) }],
    ['a declared fact that an argument gives', { factTypes: { to: { type: 'string' } } }],
    ['a declared fact of no known type', { factTypes: { size: { type: 'float' } } }],
    ['a fact that could pose as an entity', { args: z.strictObject({ to: z.string(), __entity: z.string() }) }],
    ['an argument named like a derived fact', { args: z.strictObject({ to: z.string(), toDigest: z.string() }) }],
  ])('with %s is refused', (_what, change) => {
    expect(() => defineEffect({ ...mail, ...change })).toThrow(coded('effect.definition_invalid'))
  })
})

describe('preparing fails closed on', () => {
  const thrower = (): never => {
    throw new Error('broken')
  }
  test.each<[string, object]>([
    ['a class function that throws', { class: thrower }],
    ['a class that is none', { class: 'harmless' }],
    ['a class that is a promise', { class: async () => 'observe' }],
    ['egress that is no list', { egress: 'mail:ada' }],
    ['no resource', { resources: [] }],
    ['a resource without a kind', { resources: ['ada'] }],
    ['a negative cost', { costBound: { tokens: -1 } }],
    ['a fractional price', { costBound: { moneyMicro: 0.5 } }],
    ['a cost nobody counts', { costBound: { euros: 1 } }],
    ['a label that is none', { label: 'safe' }],
    ['a fact that is an object', { facts: () => ({ who: { name: 'ada' } }) }],
    ['a fact that hides an argument', { facts: () => ({ to: 'bob' }) }],
    ['facts that reject', { facts: () => Promise.reject(new Error('no route')) }],
    ['a fact too long for policy', { factTypes: { body: { type: 'string' } }, facts: () => ({ body: 'x'.repeat(9000) }) }],
    ['a fact that is not declared', { facts: () => ({ body: 'x' }) }],
    ['a fact of another type', { factTypes: { body: { type: 'string' } }, facts: () => ({ body: 1 }) }],
    ['a fact that is declared and missing', { factTypes: { body: { type: 'string' } }, facts: () => ({}) }],
    ['a decimal that is none', { factTypes: { rate: { type: 'decimal' } }, facts: () => ({ rate: '1e3' }) }],
    [
      'an argument that no longer has the type of its fact',
      {
        args: z.strictObject({
          to: z
            .string()
            .max(9)
            .transform(() => 4),
        }),
      },
    ],
    ['a description that throws', { describe: thrower }],
    ['an empty description', { describe: () => '' }],
    ['arguments turned into a date', { args: z.strictObject({ to: z.string().transform(() => new Date(0)) }) }],
  ])('%s', async (_what, change) => {
    expect(await prepare(change)).toMatchObject({ refused: 'effect.prepare_failed' })
  })
})

test('facts are declared from the arguments and what the author adds', async () => {
  const driver = defineEffect({ ...mail, factTypes: { size: { type: 'integer', optional: true } } })
  expect(driver.facts).toMatchObject({ to: { type: 'string', optional: true }, count: { type: 'integer' }, size: { optional: true } })
  expect(await driver.prepare({ to: 'ada' }, preparing)).toMatchObject({ facts: { to: 'ada', count: 1 } })
})

test('an author may name the reason of a refusal', async () => {
  const facts = (): never => {
    throw new IceError('files.not_found', 'no attachment')
  }
  expect(await prepare({ facts })).toEqual({ refused: 'files.not_found', detail: 'no attachment' })
})

describe('performing', () => {
  const uncertain: readonly EffectClass[] = ['keyed', 'irreversible']
  test.each<EffectClass>(['observe', 'staged', 'keyed', 'irreversible'])('an unexplained error of a %s effect', async (effectClass) => {
    const perform = async (): Promise<never> => Promise.reject(new Error('socket'))
    const driver = defineEffect({ ...mail, class: effectClass, perform })
    const code = uncertain.includes(effectClass) ? 'effect.uncertain' : 'effect.failed'
    await expect(performed(driver, await prepared({ class: effectClass }))).rejects.toThrow(coded(code))
  })

  test.each<[string, object]>([
    ['a result of another shape', { result: z.strictObject({ seq: z.int() }) }],
    ['a result that is not JSON', { perform: () => ({ result: new Map() }) }],
    ['a result with a lone surrogate', { perform: () => ({ result: '\udc00' }) }],
    ['a cost that is no amount', { perform: () => ({ result: 1, cost: { tokens: -1 } }) }],
    ['a label that is none', { perform: () => ({ result: 1, label: 'safe' }) }],
    ['no receipt', { perform: () => undefined }],
  ])('leaves a keyed effect uncertain that answers with %s', async (_what, change) => {
    await expect(performed(defineEffect({ ...mail, ...change }), await prepared())).rejects.toThrow(coded('effect.uncertain'))
  })

  test('ends when the signal aborts, although the effect does not listen', async () => {
    const hanging = (): Promise<never> => new Promise(() => undefined)
    for (const [effectClass, code] of [
      ['observe', 'effect.timeout'],
      ['keyed', 'effect.uncertain'],
    ] as const) {
      const stop = new AbortController()
      const ended = defineEffect({ ...mail, perform: hanging }).perform(await prepared({ class: effectClass }), performing(stop.signal))
      stop.abort()
      await expect(ended).rejects.toThrow(coded(code))
    }
  })

  test('refuses recorded arguments the definition no longer accepts', async () => {
    const narrower = defineEffect({ ...mail, args: args.extend({ to: z.literal('bob') }) })
    await expect(performed(narrower, await prepared())).rejects.toThrow(coded('args.invalid'))
  })

  test('sees the facts as they were decided', async () => {
    const facts = (): { readonly size: number } => ({ size: 9 })
    const factTypes = { size: { type: 'integer' } } as const
    const driver = defineEffect({ ...mail, factTypes, facts, perform: (_args, context) => ({ result: context.facts['size'] ?? 0 }) })
    expect(await driver.perform(await prepared({ factTypes, facts }), performing())).toMatchObject({ result: 9 })
  })
})

test('a description ends with the exact arguments, by digest when they are long', async () => {
  const driver = defineEffect({ ...mail, describe: () => 'Send mail.' })
  expect(driver.describe(await prepared())).toBe('Send mail.\nmail.send {"count":1,"to":"ada"}')
  const long = (end: string): PreparedAction => ({ ...base, ...mailRequest, args: { to: 'x'.repeat(3000) + end, count: 1 } })
  expect(driver.describe(long('a'))).toMatch(/^Send mail\.\nmail\.send sha256:[0-9a-f]{64} \(3020 characters\)$/)
  expect(driver.describe(long('a'))).not.toBe(driver.describe(long('b')))
})

const mailRequest: PreparedAction = { action: 'mail.send', args: {}, resources: ['mailbox:x'], facts: {}, class: 'keyed', cost: {} }
