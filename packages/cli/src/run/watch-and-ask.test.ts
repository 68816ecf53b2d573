import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import { createIce } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { makeOperatorKey, operatorKeyDirectory, operatorKeyFile } from '@ice-runtime/ice/record'
import { policyBundle, policyBytes } from '@ice-runtime/ice/policy'
import { parseSubjectId } from '@ice-runtime/kernel'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { optionValues } from '../table/option-values.ts'
import { openTerminal } from '../terminal/terminal.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { watchAndAsk } from './watch-and-ask.ts'
import type { Watched } from './watch.ts'

let root: string
let ice: Ice
const ada = parseSubjectId('sub_00000000000ada')
const text = `permit (principal, action, resource);

@approval("1 of ops")
forbid (principal, action == Ice::Action::"files.write", resource);
`
const adopted = policyBundle([{ name: 'writes.cedar', text }])

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ice-ask-'))
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'config'))
  mkdirSync(join(root, 'workspace'))
  ice = await createIce({ workspace: join(root, 'workspace'), data: join(root, 'data') })
  await ice.order({ method: 'adoptPolicy', policy: new TextDecoder().decode(policyBytes(adopted)) })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ice.close('suspend')
  rmSync(root, { recursive: true })
})

async function nameAda(): Promise<void> {
  const { publicKey } = makeOperatorKey(operatorKeyFile(operatorKeyDirectory(process.env), ada))
  await ice.order({ method: 'addOperator', subject: ada, name: 'Ada', publicKey, roles: ['ops'] })
}

/** An agent that writes these files, one after the other. */
function writing(...paths: readonly string[]): ReturnType<typeof functionAgent> {
  return functionAgent({
    name: `writer of ${paths.join(' ')}`,
    version: '1',
    requests: [],
    run: async (_input, { propose }) => {
      const codes: string[] = []
      for (const path of paths)
        await propose('files.write', { path, content: path }).catch((error: unknown) => codes.push((error as { code: string }).code))
      return codes
    },
  })
}

interface Sat {
  readonly watched: Watched
  /** What was asked, and everything that was said. */
  readonly asked: readonly string[]
  readonly said: string
}

/** Somebody sits at the terminal and says this, one line to each question; then they leave. */
async function sitting(paths: readonly string[], ...lines: readonly (string | (() => Promise<unknown>))[]): Promise<Sat> {
  const handle = await ice.run(writing(...paths), { allow: ['files.write:a', 'files.write:b'] })
  const asked: string[] = []
  let said = ''
  const answers = [...lines]
  const ask: NonNullable<Terminal['ask']> = async (question, over) => {
    asked.push(question)
    const next = answers.shift()
    if (typeof next !== 'function') return next
    await next()
    // Nobody types anything: the question is over when its run has moved.
    if (over?.aborted !== true) await new Promise((resolve) => over?.addEventListener('abort', resolve))
    return undefined
  }
  const sink = { write: (text: string) => void (said += text) }
  const terminal = openTerminal({ stdout: sink, stderr: sink, ask, environment: {}, json: false })
  const signals = { stopped: new Promise<never>(() => undefined), [Symbol.dispose]: () => undefined }
  const watched = await watchAndAsk({ ice, handle, from: 1, signals }, optionValues({ data: ice.data }), terminal)
  return { watched, asked, said }
}

function written(path: string): string {
  return readFileSync(join(root, 'workspace', path), 'utf8')
}

test('who sits at a run is shown what it asks, and what they say is signed and done', async () => {
  await nameAda()
  const { watched, asked, said } = await sitting(['a', 'b', 'a'], 'what?', 'r', 'd')
  expect(watched).toMatchObject({ how: 'ended', result: { outcome: 'committed', output: ['approval.denied'] } })
  expect(asked).toHaveLength(3)
  for (const text of ['waits for an answer', 'create a with 1 bytes', 'rule        writes.cedar:3', 'you sign', 'denied'])
    expect(said).toContain(text)
  expect(written('a')).toBe('a')
})

test('an edit is shown before it is meant, and what cannot be prepared is said', async () => {
  await nameAda()
  const better = '{"path":"b","content":"better"}'
  const { watched, said } = await sitting(['a'], 'e', 'no json', 'e', '{"path":"../x","content":""}', 'e', better, 'n', 'edit', better, 'y')
  expect(watched).toMatchObject({ how: 'ended', result: { outcome: 'committed' } })
  for (const text of [
    'these arguments are no JSON',
    'args.invalid',
    'create b with 6 bytes',
    'not what the agent asked for',
    'approved as edited',
  ])
    expect(said).toContain(text)
  expect(written('b')).toBe('better')
})

test('left for later, the run stays held', async () => {
  await nameAda()
  const { watched } = await sitting(['a'], 'l')
  expect(watched).toEqual({ how: 'waits', held: { run: expect.stringMatching(/^run_/), cause: 'approval' } })
})

test('nobody is asked who has no key', async () => {
  const { watched, asked } = await sitting(['a'])
  expect([watched, asked]).toMatchObject([{ how: 'ended', result: { output: ['approval.unavailable'] } }, []])
  const stranger = makeOperatorKey(join(root, 'elsewhere.pem'))
  await ice.order({ method: 'addOperator', subject: ada, name: 'Ada', publicKey: stranger.publicKey, roles: ['ops'] })
  const held = await sitting(['b'])
  expect([held.watched, held.asked]).toEqual([{ how: 'waits', held: { run: expect.stringMatching(/^run_/), cause: 'approval' } }, []])
})

test('a question is over when its run is ended elsewhere', async () => {
  await nameAda()
  const { watched } = await sitting(['a'], async () => {
    const [run] = ice.runtime.live()
    if (run !== undefined) await ice.runtime.abort(run, { by: 'somebody else' })
  })
  expect(watched).toMatchObject({ how: 'ended', result: { outcome: 'aborted', code: 'run.aborted' } })
})
