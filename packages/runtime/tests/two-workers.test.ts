import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { entryId, parseLogId, runsView } from '@ice-runtime/kernel'
import type { EntryId, RunId } from '@ice-runtime/kernel'
import type { RunHandle } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { driverOf, gate } from './drivers.ts'
import { agentOf, sha256 } from './place.ts'
import { addAda } from './naming-ada.ts'
import { newWorkers } from './workers.ts'
import type { Worker, Workers } from './workers.ts'

const now = { at: 'now', reason: 'the answer is needed' } as const
const by = plainPrincipal.subject

let directory: string
let workers: Workers
let outside: string[]

afterEach(async () => {
  await workers[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends something that the test can see from outside, and answers when the gate lets it. */
function sending(held = gate()): { readonly held: typeof held; readonly driver: ReturnType<typeof driverOf> } {
  const perform = async (): Promise<{ readonly result: string }> => {
    outside.push('sent')
    await held.pass()
    return { result: 'sent' }
  }
  return { held, driver: driverOf('test.send', { class: 'keyed', perform }) }
}

function grantOf(run: RunId): EntryId {
  const granted = workers.entries(run).find(({ type }) => type === 'CapabilityGranted')
  return entryId(run, granted?.seq ?? 0)
}

async function codeOf(asking: Promise<unknown>): Promise<string> {
  return await asking.then(String, (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)))
}

/** A run that waits at the gate, then proposes. */
async function startWaiting(worker: Worker): Promise<{ readonly run: RunHandle; readonly proposes: ReturnType<typeof gate> }> {
  const proposes = gate()
  const agent = agentOf(async ({ propose }) => {
    await proposes.pass()
    return await codeOf(propose('test.send', {}, now))
  })
  const run = await worker.start(agent)
  await proposes.reached
  await workers.store.log.flush()
  return { run, proposes }
}

describe.each([
  ['in memory', () => newWorkers()],
  [
    'on disk',
    () => newWorkers({}, openSqliteStore({ directory, logId: parseLogId('log_manyworkers0'), sha256, views: [runsView], lingerMs: 1 })),
  ],
])('two workers on one log %s', (_, open) => {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ice-workers-'))
    workers = open()
    outside = []
  })

  test('know what either of them ordered, at their next decision', async () => {
    const [one, two] = [workers.worker(), workers.worker()]
    await one.runtime.order(addAda)
    await two.runtime.order({ type: 'SetLockdown', on: true, reason: '', by })
    await expect(two.runtime.order(addAda)).rejects.toMatchObject({ message: expect.stringContaining('operator.known') })
    await one.runtime.order({ type: 'SetLockdown', on: false, reason: '', by })
    expect(workers.store.log.head('system').seq).toBe(3)
    expect(workers.violations()).toEqual([])
  })

  test('a run goes on where the other one ordered something that does not concern it', async () => {
    const { driver, held } = sending()
    held.open()
    const [one, two] = [workers.worker({ drivers: [driver] }), workers.worker()]
    const { run, proposes } = await startWaiting(one)
    await two.runtime.order(addAda)
    proposes.open()
    expect(await run.done).toMatchObject({ outcome: 'committed', output: 'sent' })
    expect(outside).toEqual(['sent'])
    expect(workers.types(run.id).filter((type) => type === 'RunRecovered')).toEqual([])
    expect(workers.violations()).toEqual([])
  })

  test.each<[string, (two: Worker, run: RunId) => Promise<void>, string]>([
    [
      'a lockdown',
      async (two) => await two.runtime.order({ type: 'SetLockdown', on: true, agent: 'tester', reason: '', by }),
      'lockdown.on',
    ],
    [
      'a grant taken back for all',
      async (two, run) => await two.runtime.order({ type: 'RevokeSystemGrant', grant: grantOf(run), reason: '' }),
      'grant.revoked',
    ],
    [
      'a grant taken back in the run',
      async (two, run) => await two.runtime.revoke(run, { grant: grantOf(run), reason: '' }),
      'grant.revoked',
    ],
  ])('%s by the other one precedes the use that follows it', async (_what, order, code) => {
    const { driver } = sending()
    const [one, two] = [workers.worker({ drivers: [driver] }), workers.worker({ drivers: [driver] })]
    const { run, proposes } = await startWaiting(one)
    await order(two, run.id)
    proposes.open()
    await expect.poll(() => workers.entries(run.id).find(({ type }) => type === 'ActionRefused')?.payload).toMatchObject({ code })
    expect(outside).toEqual([])
    expect(workers.violations()).toEqual([])
  })

  test('what is under way when the other one takes its grant back ends as it ends, and is recorded and told once', async () => {
    const { driver, held } = sending()
    const [one, two] = [workers.worker({ drivers: [driver] }), workers.worker({ drivers: [driver] })]
    const agent = agentOf(async ({ propose }) => [await codeOf(propose('test.send', {}, now)), await codeOf(propose('test.send', {}, now))])
    const run = await one.start(agent)
    await held.reached
    await workers.store.log.flush()
    await two.runtime.revoke(run.id, { grant: grantOf(run.id), reason: 'enough' })
    held.open()
    expect(await run.done).toMatchObject({ outcome: 'committed', output: ['sent', 'grant.revoked'] })
    expect(outside).toEqual(['sent'])
    expect(workers.types(run.id).filter((type) => type === 'ActionSucceeded')).toHaveLength(1)
    expect(workers.violations()).toEqual([])
  })

  test('a counter that both write to is used no more often than it may be', async () => {
    const { driver, held } = sending()
    held.open()
    const [one, two] = [workers.worker({ drivers: [driver] }), workers.worker({ drivers: [driver] })]
    const proposes = gate()
    const agent = agentOf(async ({ propose }) => {
      await proposes.pass()
      const told: string[] = []
      for (let count = 0; count < 3; count += 1) told.push(await codeOf(propose('test.send', {}, now)))
      return told
    })
    const run = await one.start(agent, { grants: [{ ...plainGrant, uses: 1 }] })
    await proposes.reached
    await workers.store.log.flush()
    // Somebody else writes to the run while it proposes: more grants, of another action.
    const more = { ...plainGrant, actions: ['test.other'] }
    proposes.open()
    await Promise.all([two.runtime.grant(run.id, { terms: more, by }), two.runtime.grant(run.id, { terms: more, by })])
    const { output } = await run.done
    expect(output).toEqual(['sent', 'grant.uses', 'grant.uses'])
    expect(outside).toEqual(['sent'])
    expect(workers.violations()).toEqual([])
  })
})
