import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Workspace } from '@ice-runtime/kernel'
import type { Validator } from '@ice-runtime/runtime'
import { agentOf, findings, newPlace } from './place.ts'
import type { Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
  place.write('a', 'old')
})
afterEach(() => place[Symbol.asyncDispose]())

const throwing: Validator = {
  name: 'throwing',
  check: () => {
    throw new Error('broke')
  },
}
const objecting: Validator = { name: 'objecting', check: ({ staged }) => ({ passed: staged.size === 0, detail: 'too much' }) }

test.each([
  ['the output schema', ['output'], 'output', 7],
  ['bounds', ['bounds'], 'bounds', 'fine'],
  ['a secret in the diff', ['secrets'], 'secrets', 'fine'],
  ['a validator of the embedding', ['objecting'], 'objecting', 'fine'],
  ['a validator that throws', ['throwing'], 'throwing', 'fine'],
  ['a validator this process does not have', ['absent'], 'absent', 'fine'],
] as const)('%s aborts the run and leaves the workspace alone', async (_what, validators, name, output) => {
  const process = place.open({ validators: [throwing, objecting] })
  const agent = agentOf(
    async ({ propose }) => {
      const count = name === 'bounds' ? 1001 : 1
      for (let index = 0; index < count; index += 1) {
        const content = name === 'secrets' ? `key = AKIA${'ABCDEFGH'.repeat(2)}` : 'new'
        await propose('files.write', { path: index === 0 ? 'a' : `b${index}`, content })
      }
      return output
    },
    'tester',
    { type: 'string' },
  )
  const run = await process.start(agent, { validators: [...validators], ceilings: { steps: 5000 } })
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'validation.failed' })
  const failed = process.entries(run.id).find((entry) => entry.type === 'ValidationFailed')
  expect(failed?.payload).toMatchObject({ checks: [{ name, passed: false }] })
  expect([place.read('a'), place.names()]).toEqual(['old', ['a']])
  expect(await findings(process)).toEqual([])
})

test.each(['overwritten', 'read'])('a file that was %s and that others changed before the commit aborts the run', async (how) => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    await propose('files.read', { path: 'a' })
    await propose('files.write', { path: how === 'read' ? 'b' : 'a', content: 'ours' })
    place.write('a', 'theirs')
    return null
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'files.conflict' })
  expect([place.read('a'), place.names()]).toEqual(['theirs', ['a']])
  expect(await findings(process, [agent])).toEqual([])
})

test('a file that others change while the commit is applied takes the commit back, and no effect is sent', async () => {
  const around = (workspace: Workspace): Workspace => ({
    ...workspace,
    apply: async (applyId, index, change) => {
      if (index === 1) fs.writeFileSync(join(place.files, change.path), 'theirs')
      return await workspace.apply(applyId, index, change)
    },
  })
  const process = place.open({ around })
  const agent = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'ours' })
    await propose('files.write', { path: 'b', content: 'ours' })
    await propose('ledger.post', { account: 'ada', amountMicro: 1 })
    return null
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'files.conflict' })
  expect([place.read('a'), place.read('b'), place.names(), place.ledger()]).toEqual(['old', 'theirs', ['a', 'b'], []])
  expect(process.types(run.id)).toContain('ChangesUndone')
  expect(await findings(process, [agent])).toEqual([])
})
