import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeEntry } from '@ice-runtime/kernel'
import type { AppendRequest } from '@ice-runtime/kernel'
import { driverOf } from './drivers.ts'
import { agentOf, findings, newPlace } from './place.ts'
import { addAda } from './naming-ada.ts'
import type { Place, ProcessOptions } from './place.ts'
import { newWorkers } from './workers.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
  place.write('a', 'text')
})
afterEach(async () => await place[Symbol.asyncDispose]())

const now = { at: 'now', reason: 'the answer is needed' } as const

/** A request as it reached the log: urgency, where its streams were expected to end, and what it brought. */
interface Told {
  readonly urgency: AppendRequest['urgency']
  readonly expects: readonly number[]
  readonly types: readonly string[]
}

/** What a process hands to its log. */
function listening(options: ProcessOptions = {}): ProcessOptions & { readonly told: Told[] } {
  const told: Told[] = []
  const cutAt = ({ urgency, expects, entries }: AppendRequest): boolean => {
    told.push({ urgency, expects: expects.map(({ seq }) => seq), types: entries.map(({ entry }) => entry.type) })
    return false
  }
  return { ...options, cutAt, told }
}

const twoPosts = agentOf(async ({ propose }) => {
  await propose('ledger.post', { account: 'ada', amountMicro: 1 }, now)
  await propose('ledger.post', { account: 'bob', amountMicro: 2 }, now)
  return null
})

test('what nobody waits for enters with what somebody does, in one request and in order', async () => {
  const options = listening()
  const process = place.open(options)
  expect(await (await process.start(twoPosts)).done).toMatchObject({ outcome: 'committed' })
  const second = options.told.findIndex(({ types }) => types.includes('ActionSucceeded'))
  expect(options.told[second]).toMatchObject({
    urgency: 'now',
    types: ['ActionSucceeded', 'ActionProposed', 'ActionAuthorized', 'ActionDispatched'],
  })
  const [before, after] = options.told.slice(second - 1)
  expect(after?.expects[0]).toBe((before?.expects[0] ?? 0) + (before?.types.length ?? 0))
  expect(await findings(process)).toEqual([])
})

test('what nobody follows enters by itself before the turn ends', async () => {
  const options = listening()
  const process = place.open(options)
  const agent = agentOf(async ({ propose }) => {
    await propose('files.read', { path: 'a' })
    await new Promise((resolve) => setImmediate(resolve))
    return options.told.flatMap(({ types }) => types).includes('ActionSucceeded')
  })
  expect(await (await process.start(agent)).done).toMatchObject({ outcome: 'committed', output: true })
  expect(options.told.find(({ types }) => types.includes('ActionSucceeded'))).toMatchObject({ urgency: 'lazy' })
})

test('no run holds back more than its limit', async () => {
  const options = listening({ limits: { heldEntries: 1 } })
  const process = place.open(options)
  expect(await (await process.start(twoPosts)).done).toMatchObject({ outcome: 'committed' })
  expect(options.told.filter(({ types }) => types.includes('ActionSucceeded')).map(({ types }) => types)).toEqual([
    ['ActionSucceeded'],
    ['ActionSucceeded'],
  ])
})

test('what was held back while another worker moved standing authority is decided again, and enters behind it as it was', async () => {
  await using workers = newWorkers()
  const [one, other] = [
    workers.worker({ drivers: [driverOf('test.send', { class: 'keyed', perform: () => Promise.resolve({ result: 'sent' }) })] }),
    workers.worker(),
  ]
  const orders: Promise<void>[] = []
  const agent = agentOf(async ({ propose }) => {
    await propose('test.send', {}, now)
    orders.push(other.runtime.order(addAda))
    await propose('test.send', {}, now)
    return null
  })
  const run = await one.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', steps: 2 })
  await Promise.all(orders)
  const all = workers.store.log.read({ from: 1 }, 1024).map(decodeEntry)
  const order = all.findIndex(({ type }) => type === 'OperatorAdded')
  const settled = all.findIndex(({ type }) => type === 'ActionSucceeded')
  expect(order).toBeGreaterThan(0)
  expect(settled).toBeGreaterThan(order)
  expect(workers.violations()).toEqual([])
})
