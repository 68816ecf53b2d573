import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openHeldModel } from './held-model.ts'
import type { HeldModel } from './held-model.ts'
import { jsonLines, openPlace } from './ice-process.ts'
import type { Place, Started } from './ice-process.ts'

let place: Place
let model: HeldModel
let agent: string

beforeEach(async () => {
  place = openPlace()
  model = await openHeldModel()
  agent = place.write('agent.json', JSON.stringify({ name: 'asker', version: '1', instructions: 'Answer.', tools: [] }))
})
afterEach(async () => {
  await model[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

/** A run that has asked its model, and waits for it in a process of its own. */
async function startHeld(): Promise<Started> {
  const started = place.start('run', agent, '--model', model.spec, '--allow', 'model.generate:openai', '--allow', 'files.read')
  await model.asked(1)
  await started.said('allowed')
  return started
}

async function typesOf(run = 'last'): Promise<readonly unknown[]> {
  return jsonLines((await place.ice('show', run, '--events', '--json')).stdout).map(({ type }) => type)
}

describe('a second process', () => {
  test('suspends and resumes a run, each answered when it is in the log', async () => {
    const held = await startHeld()
    const suspended = await place.ice('suspend', 'last')
    expect(suspended.stdout).toMatch(/^run_\S+ {2}suspended\n$/)
    expect(await typesOf()).toContain('RunSuspended')
    await held.said('suspended')
    const resumed = await place.ice('resume', 'last')
    expect(resumed.stdout).toMatch(/ {2}executing\n$/)
    expect(await typesOf()).toContain('RunResumed')
    model.release()
    const { exit, stdout } = await held.finished
    expect(stdout).toContain('committed\n"done"')
    expect(exit).toBe(0)
    expect((await place.ice('replay', 'last')).exit).toBe(0)
  })

  test('aborts a run, whose own process then exits with 10', async () => {
    const held = await startHeld()
    const aborted = await place.ice('abort', 'last', '--reason', 'wrong branch')
    expect(aborted.stdout).toMatch(/^run_\S+ {2}aborted\n$/)
    expect(aborted.exit).toBe(0)
    const { exit, stdout, stderr } = await held.finished
    expect(stdout).toContain('aborted  run.aborted')
    expect(stderr).toContain('wrong branch')
    expect(exit).toBe(10)
    const again = await place.ice('abort', 'last')
    expect(again.stderr).toMatch(/has ended: aborted +run\.ended/)
    expect(again.exit).toBe(1)
  })

  test('may read, and is refused a run of its own with exit 13', async () => {
    const held = await startHeld()
    expect((await place.ice('ps')).stdout).toContain('executing')
    expect((await place.ice('doctor')).stdout).toMatch(/owner .*, 1 run at work/)
    const second = await place.ice('run', agent, '--model', model.spec)
    expect(second.stderr).toContain('data.in_use')
    expect(second.exit).toBe(13)
    model.release()
    expect((await held.finished).exit).toBe(0)
  })
})

describe('a run whose process went away', () => {
  test('is suspended by SIGTERM within the grace, exit 143, and goes on where it was with ice resume', async () => {
    const held = await startHeld()
    held.process.kill('SIGTERM')
    const terminated = await held.finished
    expect(terminated.stdout).toMatch(/^run_\S+ {2}suspended\n$/)
    expect(terminated.stderr).toMatch(/go on:.* resume run_/)
    expect(terminated.exit).toBe(143)
    model.release()
    const resumed = await place.ice('resume', 'last', '--model', model.spec)
    expect(resumed.stdout).toContain('committed\n"done"')
    expect(resumed.exit).toBe(0)
    expect((await place.ice('verify')).exit).toBe(0)
    expect((await place.ice('replay', 'last')).stdout).toContain('identical: yes')
  })

  test('is held by SIGINT with exit 130, and ended by ice abort without its agent or its model', async () => {
    const held = await startHeld()
    held.process.kill('SIGINT')
    const interrupted = await held.finished
    expect(interrupted.stdout).toMatch(/^run_\S+ {2}suspended\n$/)
    expect(interrupted.stderr).toMatch(/suspended +operator/)
    expect(interrupted.exit).toBe(130)
    const aborted = await place.ice('abort', 'last')
    expect(aborted.stdout).toMatch(/ {2}aborted\n$/)
    const types = await typesOf()
    expect(types.slice(types.indexOf('RunSuspended'))).toEqual(['RunSuspended', 'AbortStarted', 'RunAborted', 'RunTornDown'])
  })

  test('is recovered after SIGKILL by ice resume, and by no other command', async () => {
    const held = await startHeld()
    held.process.kill('SIGKILL')
    await held.finished
    model.release()
    const other = await place.ice('run', agent, '--model', model.spec, '--allow', 'model.generate:openai')
    expect(other.stderr).toContain('1 run is unfinished here: ice resume run_')
    const { stdout } = await place.ice('ps', '--json')
    const killed = jsonLines(stdout).find(({ phase }) => phase === 'executing')
    const resumed = await place.ice('resume', String(killed?.['run']), '--model', model.spec)
    expect(resumed.stdout).toContain('committed\n"done"')
    expect(await typesOf(String(killed?.['run']))).toContain('RunRecovered')
  })

  test('stays suspended when it is suspended with nobody at work on it', async () => {
    const held = await startHeld()
    held.process.kill('SIGKILL')
    await held.finished
    expect((await place.ice('suspend', 'last')).stdout).toMatch(/ {2}suspended\n$/)
    expect((await typesOf()).at(-1)).toBe('RunSuspended')
  })
})
