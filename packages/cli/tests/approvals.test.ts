import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { jsonLines, openPlace } from './ice-process.ts'
import type { Finished, Place, Started } from './ice-process.ts'

const program = fileURLToPath(new URL('asking-program.ts', import.meta.url))
const writesAreAsked = `permit (principal, action, resource);

@approval("1 of ops")
forbid (principal, action == Ice::Action::"files.write", resource);
`
let place: Place
beforeEach(() => {
  place = openPlace()
})
afterEach(() => place[Symbol.dispose]())

/** Names operators, adopts a policy that asks them, and starts the program; resolves once its run waits for people. */
async function asking(how: 'stay' | 'leave', ...operators: readonly string[]): Promise<Started & { readonly run: string }> {
  for (const name of operators) expect(await place.ice('operators', 'add', name, '--role', 'ops')).toMatchObject({ exit: 0 })
  const policy = place.write('policy/writes.cedar', writesAreAsked)
  expect(await place.ice('policy', 'adopt', policy, '--yes')).toMatchObject({ exit: 0 })
  const started = place.program(program, 'run', place.workspace, place.data, how)
  await started.said('it waits')
  if (how === 'leave') await started.finished
  const [listed] = jsonLines((await place.ice('approvals', '--json')).stdout)
  return { ...started, run: String(listed?.['run']) }
}

async function resumed(run: string): Promise<Finished> {
  return await place.program(program, 'resume', place.workspace, place.data, run).finished
}

function written(): string | undefined {
  const file = join(place.workspace, 'report.md')
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

test('what waits is listed, shown whole and escaped, and approved from another process', async () => {
  const { finished, run } = await asking('stay', 'Ada')
  const list = await place.ice('approvals')
  expect(list.stdout).toMatch(new RegExp(`${run}#\\d+ +files.write +file:report.md +1 of ops +0 `))
  expect((await place.ice('ps')).stdout).toContain('waits for approval')
  const page = await place.ice('approvals', 'show', run)
  expect(page).toMatchObject({ exit: 0 })
  for (const said of [
    'asked by    writer 1.0.0 (function), for ',
    'it says     the report is due',
    'touches     file:report.md',
    'happens     in staging; it changes the run’s staging, and the workspace only if the run commits (staged)',
    'leaves      nothing leaves',
    'costs       at most 20 bytes',
    'rule        writes.cedar:3',
    'needs       1 of ops',
    'create report.md with 20 bytes, mode 644',
    '+two \\u{202e}\\x1b[31mred',
    'advisory: the agent is code of the program that runs it, under your account and in no box',
  ])
    expect(page.stdout).toContain(said)
  expect(page.stdout).not.toMatch(/\u001b|\u202e/)
  const [json] = jsonLines((await place.ice('approvals', 'show', run, '--json')).stdout)
  expect(createHash('sha256').update(String(json?.['exactly'])).digest('hex')).toBe(json?.['request'])
  expect(page.stdout).toContain(`request     ${String(json?.['request'])}`)
  expect(page.stdout).toContain(`you sign    ${String(json?.['binds'])}`)
  const approved = await place.ice('approvals', 'approve', `${run}#${String(json?.['approval'])}`, '--comment', 'looks right')
  expect(approved).toMatchObject({ exit: 0, stdout: expect.stringContaining('answered by Ada  allowed') })
  expect(approved.stderr).toContain('you sign')
  expect(JSON.parse((await finished).stdout)).toMatchObject({ outcome: 'committed' })
  expect(written()).toContain('one')
  expect((await place.ice('approvals')).stderr).toContain('nothing waits for an answer')
  const story = (await place.ice('show', run)).stdout
  expect(story).toMatch(/asks +files.write +report.md +needs 1 of ops/)
  expect(story).toMatch(/approved +files.write +report.md +by sub_/)
  const explained = (await place.ice('explain', `${run}#${String(json?.['action'])}`)).stdout
  for (const said of ['approval    passed', 'needs       1 of ops', 'answered    Ada: approved, ', 'looks right'])
    expect(explained).toContain(said)
  expect(await place.ice('verify')).toMatchObject({ exit: 0 })
})

test('a denial is the verdict, and a second answer is refused as too late', async () => {
  const { finished, run } = await asking('stay', 'Ada', 'Bea')
  expect(await place.ice('approvals', 'deny', run)).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('the keys of several operators'),
  })
  expect(await place.ice('approvals', 'deny', run, '--as', 'Cay')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('Cay is not one operator'),
  })
  const id = String(jsonLines((await place.ice('approvals', '--json')).stdout)[0]?.['id'])
  expect(await place.ice('approvals', 'deny', id, '--as', 'Bea', '--json')).toMatchObject({ exit: 0, stderr: '' })
  expect(JSON.parse((await finished).stdout)).toMatchObject({ output: 'approval.denied' })
  expect(written()).toBeUndefined()
  expect(await place.ice('approvals', 'approve', id, '--as', 'Ada')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('waits for no answer: it is refused: approval.denied'),
  })
})

test('an edit is shown, signed, and done in place of what was asked', async () => {
  const { finished, run } = await asking('stay', 'Ada')
  const args = JSON.stringify({ path: 'other.md', content: 'better\n' })
  expect(await place.ice('approvals', 'edit', run)).toMatchObject({ exit: 2, stderr: expect.stringContaining('--args') })
  expect(await place.ice('approvals', 'edit', run, '--args', '{"path":"../x"}')).toMatchObject({ exit: 2 })
  const same = JSON.stringify({ path: 'report.md', content: 'one\ntwo \u202e\u001b[31mred\n' })
  expect(await place.ice('approvals', 'edit', run, '--args', same)).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('those of the request'),
  })
  const edited = await place.ice('approvals', 'edit', run, '--args', args)
  expect(edited).toMatchObject({ exit: 0, stdout: expect.stringContaining('allowed as edited') })
  expect(edited.stderr).toContain('create other.md with 7 bytes')
  expect(edited.stderr).toContain('this is not what the agent asked for')
  expect(JSON.parse((await finished).stdout)).toMatchObject({ outcome: 'committed', output: { path: 'other.md' } })
  expect([written(), readFileSync(join(place.workspace, 'other.md'), 'utf8')]).toEqual([undefined, 'better\n'])
  expect(await place.ice('replay', run)).toMatchObject({ exit: 0 })
})

test('an answer where no runtime has the run is kept, and holds when it goes on', async () => {
  const { run } = await asking('leave', 'Ada')
  expect((await place.ice('approvals', 'show', run)).stdout).toContain('create report.md')
  const rule = await place.ice('approvals', 'show', run, '--rule')
  expect(rule.stdout).toMatch(/permit \(\n +principal == Ice::Agent::"writer",[^]*unless \{[^]*"expect": "allow"/)
  expect(rule.stderr).toContain('evaluated with both: it is allowed without being asked about')
  const approved = await place.ice('approvals', 'approve', run, '--scope', 'run', '--json')
  expect(jsonLines(approved.stdout)).toMatchObject([{ answered: 1, verdict: 'waits' }])
  expect(written()).toBeUndefined()
  expect(JSON.parse((await resumed(run)).stdout)).toMatchObject({ outcome: 'committed' })
  expect(written()).toContain('one')
})

test('nobody answers without a key of an operator, or with one that is not theirs', async () => {
  const { run, process: asked } = await asking('stay', 'Ada')
  const stranger = place.write(
    'stranger.pem',
    readFileSync(join(place.root, 'config/ice/operators', keyName(await place.ice('operators', '--json'))), 'utf8').slice(0, 60),
  )
  expect(await place.ice('approvals', 'approve', run, '--key', stranger)).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('can be read by others'),
  })
  expect(await place.ice('approvals', 'approve', run, '--key', join(place.root, 'none.pem'))).toMatchObject({ exit: 2 })
  expect(await place.ice('approvals', 'approve', run, '--scope', 'ever')).toMatchObject({ exit: 2 })
  expect(await place.ice('approvals', 'approve', `${run}#1`)).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('which asks nobody'),
  })
  expect(await place.ice('operators', 'remove', 'Ada')).toMatchObject({ exit: 0 })
  expect(await place.ice('approvals', 'approve', run)).toMatchObject({ exit: 2, stderr: expect.stringContaining('the key of no operator') })
  expect(jsonLines((await place.ice('show', run, '--events', '--json')).stdout).map(({ type }) => type)).not.toContain('ApprovalGiven')
  asked.kill('SIGKILL')
})

function keyName({ stdout }: Finished): string {
  return `${String(jsonLines(stdout)[0]?.['subject'])}.pem`
}
