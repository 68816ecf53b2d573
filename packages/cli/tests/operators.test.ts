import { existsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHeldModel } from './held-model.ts'
import { jsonLines, openPlace } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place
let config: string

beforeEach(() => {
  place = openPlace()
  config = join(place.root, 'config')
})
afterEach(() => place[Symbol.dispose]())

function ice(...args: readonly string[]): ReturnType<Place['ice']> {
  return place.ice(...args, '--key', join(config, 'key.pem'))
}

test('an operator is added with a key that its owner alone can read, listed by name, and removed', async () => {
  const added = await ice('operators', 'add', 'Ada', '--role', 'ops', '--role', 'legal')
  expect(added.stdout).toMatch(/^sub_[0-9a-f]{24} {2}Ada {2}ops, legal\n$/)
  expect(statSync(join(config, 'key.pem')).mode & 0o777).toBe(0o600)
  const [listed, ...others] = jsonLines((await place.ice('operators', '--json')).stdout)
  expect(listed).toMatchObject({ name: 'Ada', roles: ['ops', 'legal'] })
  expect(others).toEqual([])
  expect((await place.ice('operators', 'remove', 'Ada', '--reason', 'left')).exit).toBe(0)
  expect((await place.ice('operators')).stdout).toBe('')
  expect((await place.ice('verify')).exit).toBe(0)
})

test('the operator named like the account is who starts runs here', async () => {
  await ice('operators', 'add', userInfo().username, '--role', 'ops')
  const agent = place.write('agent.mjs', `export default { name: 'a' }`)
  await place.ice('run', agent)
  const model = await openHeldModel()
  const asker = place.write('agent.json', JSON.stringify({ name: 'asker', version: '1', instructions: 'Answer.', tools: [] }))
  model.release()
  await place.ice('run', asker, '--model', model.spec, '--allow', 'model.generate:openai')
  await model[Symbol.asyncDispose]()
  const [requested] = jsonLines((await place.ice('show', 'last', '--events', '--json')).stdout)
  const [operator] = jsonLines((await place.ice('operators', '--json')).stdout)
  expect(requested).toMatchObject({ payload: { principal: { subject: operator?.['subject'] } } })
})

test('a key where runs could read it is refused, and nothing is recorded', async () => {
  const added = await place.ice('operators', 'add', 'Ada', '--role', 'ops', '--key', join(place.workspace, 'key.pem'))
  expect(added.stderr).toContain('data.inside_workspace')
  expect(added.exit).toBe(2)
  expect(existsSync(join(place.workspace, 'key.pem'))).toBe(false)
  expect((await place.ice('operators')).exit).toBe(3)
})

test('an operator without a role, one there is already, and one nobody knows are usage errors', async () => {
  expect((await ice('operators', 'add', 'Ada')).stderr).toContain('--role ops')
  await ice('operators', 'add', 'Ada', '--role', 'ops')
  expect((await ice('operators', 'add', 'Ada', '--role', 'ops')).stderr).toContain('operator.known')
  expect((await ice('operators', 'add', 'Bea', '--role', 'ops')).stderr).toContain('operator.key_taken')
  const removed = await place.ice('operators', 'remove', 'Cay')
  expect(removed.stderr).toContain('there are Ada')
  expect(removed.exit).toBe(2)
})

test('the order reaches the process that owns the directory', async () => {
  await using model = await openHeldModel()
  const agent = place.write('agent.json', JSON.stringify({ name: 'asker', version: '1', instructions: 'Answer.', tools: [] }))
  const held = place.start('run', agent, '--model', model.spec, '--allow', 'model.generate:openai')
  await model.asked(1)
  expect((await ice('operators', 'add', 'Ada', '--role', 'ops')).exit).toBe(0)
  expect((await place.ice('operators')).stdout).toContain('Ada')
  model.release()
  expect((await held.finished).exit).toBe(0)
  expect((await place.ice('replay', 'last')).exit).toBe(0)
})
