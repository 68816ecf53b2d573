import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import { ledgerDrivers } from '@ice-runtime/effects'
import { createIce, sha256 } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { builtinPolicy } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTerminal } from '../terminal/terminal.ts'
import { foldNow, tellEnd } from './tell-end.ts'
import { watchRun } from './watch.ts'

let root: string
let ice: Ice
const whole: GrantTerms = { actions: ['ledger.*'], resources: ['ledger:main/**'], class: 'irreversible', egress: ['ledger:main'] }

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ice-end-'))
  const effects = ledgerDrivers({ directory: join(root, 'ledger') })
  ice = await createIce({ workspace: null, data: join(root, 'data'), effects, policy: builtinPolicy(sha256, ['ledger.wire']) })
})
afterEach(async () => {
  await ice.close('suspend')
  rmSync(root, { recursive: true })
})

/** Watches a run that sends money and loses the answer, and says how it came out. */
async function told(
  ...when: readonly [{ readonly at: 'now'; readonly reason: string }] | readonly []
): Promise<{ exit: string; run: string; said: string }> {
  const agent = functionAgent({
    name: 'teller',
    version: '1.0.0',
    requests: [],
    run: async (_input: null, { propose }) =>
      void (await propose('ledger.wire', { account: 'ada', amountMicro: 5, fail: 'after' }, ...when)),
  })
  const handle = await ice.run(agent, { grants: [whole] })
  let said = ''
  const sink = { write: (text: string) => void (said += text) }
  const terminal = openTerminal({ stdout: sink, stderr: sink, environment: {}, json: false })
  const signals = { stopped: new Promise<never>(() => undefined), [Symbol.dispose]: () => undefined }
  const watched = await watchRun({ ice, handle, from: 1, signals }, terminal)
  said = ''
  const exit = tellEnd(watched, { ice, run: handle.id, folded: foldNow(ice, handle.id), strict: false, place: ' --data here' }, terminal)
  return { exit, run: handle.id, said }
}

test.each([
  ['held by it', { at: 'now', reason: 'the answer is needed' }, 'suspended'],
  ['that committed without knowing', undefined, 'committed'],
] as const)('the end of a run %s says what is uncertain and how to say what became of it', async (_, when, status) => {
  const { exit, run, said } = await told(...(when === undefined ? ([] as const) : ([when] as const)))
  expect(exit).toBe('uncertain')
  expect(said).toContain(`${run}  ${status}`)
  expect(said).toMatch(
    new RegExp(`ledger.wire may have happened; when you know: \\S.* reconcile ${run}#\\d+ done\\|not-done --reason "…" --data here\\n`),
  )
})
