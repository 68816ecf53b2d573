import { describe, expect, test } from 'vitest'
import { IceError } from '@ice-runtime/kernel'
import type { Driver, Json, JsonObject, PreparedAction } from '@ice-runtime/kernel'
import { driverContract } from './driver-contract.ts'
import { driverLaws } from './driver-laws.ts'
import type { DriverContract, DriverWorld } from './driver-laws.ts'

/** A mailbox: keyed, can be asked and taken back. Small enough to break in one place at a time. */
function mailWorld(broken: (driver: Driver, sent: Map<string, Json>) => Partial<Driver> = () => ({})): DriverWorld {
  const sent = new Map<string, Json>()
  const driver: Driver = {
    action: 'mail.send',
    version: 1,
    description: 'Sends mail.',
    argsSchema: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'], additionalProperties: false },
    facts: { to: { type: 'string' } },
    performer: 'runtime',
    deadlineMs: 1000,
    prepare: (args) => {
      const to = mailTo(args)
      if (to === undefined) return { refused: 'args.invalid', detail: 'no recipient' }
      if (to === 'nobody') return { refused: 'mail.no_such_box', detail: 'nobody' }
      return { action: 'mail.send', args: { to }, resources: [`mailbox:${to}`], facts: { to }, class: 'keyed', cost: { moneyMicro: 5 } }
    },
    describe: ({ args }) => `Send mail to ${mailTo(args)}.`,
    perform: async ({ args }, { key, signal }) => {
      if (signal.aborted) throw new IceError('effect.timeout', 'stopped')
      const to = mailTo(args) ?? ''
      if (to === 'full') throw new IceError('effect.failed', 'the box is full')
      if (to === 'slow') await new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (!sent.has(key)) sent.set(key, to)
      if (to === 'lost' || to === 'slow') throw new IceError('effect.uncertain', 'no answer')
      return { result: { to }, cost: { moneyMicro: 5 } }
    },
    probe: async ({ args }, { key }) => (sent.has(key) ? { found: 'done', receipt: { result: args } } : { found: 'not_done' }),
    compensate: async (_prepared, _receipt, { key }) => {
      sent.set(`${key} recalled`, true)
      return { result: null }
    },
  }
  return { driver: { ...driver, ...broken(driver, sent) }, look: () => Object.fromEntries(sent) }
}

function mailTo(args: Json): string | undefined {
  if (typeof args !== 'object' || args === null || Object.keys(args).join() !== 'to') return undefined
  const to = Object.entries(args)[0]?.[1]
  return typeof to === 'string' && to.isWellFormed() ? to : undefined
}

const contract: Omit<DriverContract, 'open'> = {
  honestArgs: [{ to: 'ada' }, { to: 'bob' }],
  refusedArgs: [{ args: { to: 'nobody' }, code: 'mail.no_such_box' }],
  failingArgs: [{ args: { to: 'full' }, code: 'effect.failed' }],
  interruptedArgs: { to: 'lost' },
  hangingArgs: { to: 'slow' },
}

driverContract('an honest mailbox', { ...contract, open: () => mailWorld() })

/** Prepares as the honest driver does, with a change. */
function preparing(change: (request: PreparedAction) => Partial<PreparedAction>): (driver: Driver) => Partial<Driver> {
  return (driver) => ({
    prepare: async (args, context) => {
      const answer = await driver.prepare(args, context)
      return 'refused' in answer ? answer : { ...answer, ...change(answer) }
    },
  })
}

let count = 0

describe('the contract finds a driver', () => {
  test.each<[string, RegExp, (driver: Driver, sent: Map<string, Json>) => Partial<Driver>]>([
    ['with an open schema', /schema/, () => ({ argsSchema: { type: 'object' } })],
    [
      'that drops unknown arguments',
      /not exactly of the shape/,
      (driver) => ({ prepare: (args, context) => driver.prepare({ to: Object.entries(args as JsonObject)[0]?.[1] ?? null }, context) }),
    ],
    [
      'that refuses with another code',
      /what its rules/,
      (driver) => ({
        prepare: (args, context) => (mailTo(args) === 'nobody' ? { refused: 'no', detail: '' } : driver.prepare(args, context)),
      }),
    ],
    [
      'that acts while it prepares',
      /preparing changes nothing/,
      (driver, sent) => ({ prepare: (args, context) => (sent.set('draft', true), driver.prepare(args, context)) }),
    ],
    ['that prepares differently each time', /preparing changes nothing/, preparing(() => ({ facts: { count: (count += 1) } }))],
    ['without a resource', /well-formed/, preparing(() => ({ resources: [] }))],
    ['that calls itself by another name', /well-formed/, preparing(() => ({ action: 'mail.read' }))],
    ['with unsorted destinations', /well-formed/, preparing(() => ({ egress: { destinations: ['b:1', 'a:1'] } }))],
    ['with a negative cost', /well-formed/, preparing(() => ({ cost: { tokens: -1 } }))],
    ['with a nested fact', /well-formed/, preparing(() => ({ facts: { who: JSON.parse('{"a":1}') } }))],
    ['with a fact it did not declare', /well-formed/, preparing(({ facts }) => ({ facts: { ...facts, subject: 'lunch' } }))],
    ['without a fact it declared', /well-formed/, preparing(() => ({ facts: {} }))],
    ['with a fact of another type', /well-formed/, preparing(() => ({ facts: { to: 1 } }))],
    ['with a fact above its size', /well-formed/, preparing(() => ({ facts: { to: 'x'.repeat(9000) } }))],
    ['that declares a fact that could pose as an entity', /facts are declared/, () => ({ facts: { __entity: { type: 'string' } } })],
    ['that promotes itself past the commit', /well-formed/, preparing(() => ({ atOnce: { reason: 'now' } }))],
    ['that describes two requests alike', /describing/, () => ({ describe: () => 'Send mail.' })],
    [
      'that acts while it describes',
      /describing/,
      (driver, sent) => ({ describe: (request) => (sent.set('seen', true), driver.describe(request)) }),
    ],
    ['that costs more than its bound', /honest arguments 0/, () => ({ perform: () => ({ result: 1, cost: { moneyMicro: 6 } }) })],
    ['that observes and changes', /honest arguments 0/, preparing(() => ({ class: 'observe' }))],
    [
      'that sends twice under one key',
      /happens once/,
      (_driver, sent) => ({ perform: () => (sent.set(String(sent.size), 1), { result: 1 }) }),
    ],
    [
      'that does not look at the signal',
      /aborted before/,
      (driver) => ({ perform: (request, context) => driver.perform(request, { ...context, signal: new AbortController().signal }) }),
    ],
    ['that fails without a code', /failure says/, () => ({ perform: () => Promise.reject(new Error('full')) })],
    [
      'that fails as if nothing had happened when it had',
      /failure says/,
      (_driver, sent) => ({ perform: (_request, { key }) => (sent.set(key, 1), Promise.reject(new IceError('effect.failed', 'full'))) }),
    ],
    ['whose probe finds nothing', /probe finds/, () => ({ probe: async () => ({ found: 'not_done' }) })],
    ['whose probe finds everything', /probe finds/, () => ({ probe: async () => ({ found: 'done', receipt: { result: 1 } }) })],
    [
      'that takes back twice',
      /taking an effect back/,
      (_driver, sent) => ({ compensate: async () => (sent.set(String(sent.size), 1), { result: null }) }),
    ],
    ['that takes nothing back', /taking an effect back/, () => ({ compensate: async () => ({ result: null }) })],
  ])('%s', async (_what, sentence, broken) => {
    const law = driverLaws({ ...contract, open: () => mailWorld() }).find((candidate) => sentence.test(candidate.sentence))
    const skip = (reason: string): never => {
      throw new Error(`skipped: ${reason}`)
    }
    await expect(law?.check(mailWorld(), skip)).resolves.toBeUndefined()
    await expect(law?.check(mailWorld(broken), skip)).rejects.not.toThrow(/skipped/)
  })
})
