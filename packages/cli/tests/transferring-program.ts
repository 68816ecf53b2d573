import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import { ledgerDrivers } from '@ice-runtime/effects'
import { createIce, sha256 } from '@ice-runtime/ice'
import { builtinPolicy, parseRunId } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'

/**
 * A program whose agent sends money and loses the answer: `run DATA ACTION stay|leave` starts it and stays with it once it waits, or
 * leaves; `resume DATA RUN` goes on with it. Says on standard error where it is.
 */
const [mode = '', data = '', rest = '', how = ''] = process.argv.slice(2)
const agent = functionAgent({
  name: 'teller',
  version: '1.0.0',
  requests: [],
  run: async ({ action }: { readonly action: string }, { propose }) =>
    await propose(action, { account: 'ada', amountMicro: 5, fail: 'after' }, { at: 'now', reason: 'the answer is needed' }).then(
      () => 'sent',
      (error: unknown) => (error as { readonly code: string }).code,
    ),
})
const whole: GrantTerms = { actions: ['ledger.*'], resources: ['ledger:main/**'], class: 'irreversible', egress: ['ledger:main'] }
const ice = await createIce({
  workspace: null,
  data,
  agents: [agent],
  effects: ledgerDrivers({ directory: join(data, '..', 'ledger') }),
  policy: builtinPolicy(sha256, ['ledger.wire', 'ledger.transfer']),
  control: true,
})
const handle =
  mode === 'run'
    ? await ice.run(agent, { input: { action: rest }, grants: [whole] })
    : await ice.runtime.resume(parseRunId(rest), { by: ice.principal.subject })
if (mode === 'run') {
  for await (const page of ice.store.log.follow(1, AbortSignal.timeout(30_000)))
    if (page.some(({ bytes }) => Buffer.from(bytes).includes('"RunSuspended"'))) break
  process.stderr.write('it waits\n')
}
// A run that waits keeps no process alive; this one stays for it.
const staying = setInterval(() => undefined, 1000)
if (how !== 'leave') {
  const { outcome, output } = await handle.done
  process.stdout.write(`${JSON.stringify({ outcome, output })}\n`)
}
clearInterval(staying)
await ice.close('suspend')
