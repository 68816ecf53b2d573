import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPlace } from './ice-process.ts'
import type { Finished, Place, Started } from './ice-process.ts'

// An effect left and its answer was lost: its run waits until somebody says what became of it.

const program = fileURLToPath(new URL('transferring-program.ts', import.meta.url))
let place: Place
beforeEach(() => {
  place = openPlace()
})
afterEach(() => place[Symbol.dispose]())

async function waiting(action: 'ledger.wire' | 'ledger.transfer', how: 'stay' | 'leave'): Promise<Started> {
  const started = place.program(program, 'run', place.data, action, how)
  await started.said('it waits')
  if (how === 'leave') await started.finished
  return started
}

interface Entry {
  readonly seq: number
  readonly type: string
  readonly payload: { readonly action?: number }
}

async function uncertain(): Promise<{ readonly run: string; readonly action: string }> {
  const [listed] = (await place.ice('ps', '--json')).stdout.split('\n')
  const { run } = JSON.parse(listed ?? '') as { readonly run: string }
  const entries = (await place.ice('show', run, '--events', '--json')).stdout.split('\n').filter((line) => line !== '')
  const doubt = entries.map((line) => JSON.parse(line) as Entry).find(({ type }) => type === 'ActionUncertain')
  return { run, action: `${run}#${doubt?.payload.action}` }
}

async function resumed(run: string): Promise<Finished> {
  return await place.program(program, 'resume', place.data, run).finished
}

test.each([
  ['done', 'done', 'sent'],
  ['not-done', 'not_done', 'effect.failed'],
] as const)('what an operator says was %s is recorded with who said it and why, and the run goes on', async (word, found, output) => {
  await waiting('ledger.wire', 'leave')
  const { run, action } = await uncertain()
  expect((await place.ice('explain', run)).stdout).toContain(
    `ledger.wire may have happened; when you know: ice reconcile ${action} done|not-done`,
  )
  const said = await place.ice('reconcile', action, word, '--reason', 'the bank shows it')
  expect(said).toMatchObject({ exit: 0, stdout: `${action}  ${found.replace('_', ' ')}\n` })
  expect(said.stderr).toContain(`resume ${run}`)
  expect(JSON.parse((await resumed(run)).stdout)).toEqual({ outcome: 'committed', output })
  expect((await place.ice('show', run)).stdout).toMatch(
    new RegExp(`reconciled +ledger.wire.*${found.replace('_', ' ')}, says sub_\\w+: the bank shows it`),
  )
  expect(await place.ice('verify')).toMatchObject({ exit: 0 })
  expect(await place.ice('reconcile', action, word, '--reason', 'again')).toMatchObject({ exit: 2 })
})

test('the other side is asked by the program that has the action, and knows it or does not', async () => {
  const { finished } = await waiting('ledger.transfer', 'stay')
  const { run, action } = await uncertain()
  const asked = await place.ice('reconcile', action, 'probe', '--json')
  expect(asked).toMatchObject({ exit: 0, stdout: `${JSON.stringify({ action, found: 'done' })}\n` })
  expect(await place.ice('resume', run)).toMatchObject({ exit: 0 })
  expect(JSON.parse((await finished).stdout)).toEqual({ outcome: 'committed', output: 'sent' })
  expect((await place.ice('show', run)).stdout).toMatch(/reconciled +ledger.transfer.*done, as a probe found/)
})

test('what nobody can be asked about stays uncertain, and the exit says so', async () => {
  const { process } = await waiting('ledger.wire', 'stay')
  const { run, action } = await uncertain()
  expect(await place.ice('reconcile', action, 'probe')).toMatchObject({ exit: 12, stdout: `${action}  uncertain\n` })
  expect(await place.ice('abort', run)).toMatchObject({ exit: 0 })
  process.kill()
})

test('a word needs a reason, a probe a driver, and both an action that is uncertain', async () => {
  await waiting('ledger.wire', 'leave')
  const { run, action } = await uncertain()
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { exit, stderr } = await place.ice('reconcile', ...args)
    expect(exit).toBe(2)
    return stderr
  }
  expect(await refused(action, 'done')).toContain('say how you know')
  expect(await refused(action, 'done', '--reason', ' ')).toContain('say how you know')
  expect(await refused(action, 'perhaps', '--reason', 'why')).toContain('one of done, not-done, probe')
  expect(await refused(run, 'done', '--reason', 'why')).toContain('names no action')
  expect(await refused(`${run}#1`, 'done', '--reason', 'why')).toContain('is not uncertain')
  expect(await refused(action, 'probe')).toContain('no driver for ledger.wire')
  expect(await refused(action, 'probe', '--reason', 'why')).toContain('needs no reason')
  const resumed = await place.program(program, 'resume', place.data, run).finished
  expect(resumed.exit).not.toBe(0)
})
