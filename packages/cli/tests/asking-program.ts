import { functionAgent } from '@ice-runtime/agents'
import { createIce } from '@ice-runtime/ice'
import { parseRunId } from '@ice-runtime/kernel'

/**
 * A program that embeds ICE, under whatever policy is adopted: `run WORKSPACE DATA stay|leave` starts a run and stays with it, or leaves
 * once it waits for people; `resume WORKSPACE DATA RUN` goes on with it. Says on standard error where it is.
 */
const [mode = '', workspace = '', data = '', rest = ''] = process.argv.slice(2)
const agent = functionAgent({
  name: 'writer',
  version: '1.0.0',
  requests: [],
  run: async (_input: null, { propose }) =>
    await propose('files.write', { path: 'report.md', content: 'one\ntwo \u202e\u001b[31mred\n' }, { reason: 'the report is due' }).catch(
      (error: unknown) => (error as { readonly code: string }).code,
    ),
})
const ice = await createIce({ workspace, data, agents: [agent], control: true })
const handle =
  mode === 'run'
    ? await ice.run(agent, { allow: ['files.write:report.md', 'files.write:other.md'] })
    : await ice.runtime.resume(parseRunId(rest), { by: ice.principal.subject })
process.stderr.write(`run ${handle.id}\n`)
if (mode === 'run') await untilItWaits()
// A run that waits keeps no process alive; this one stays for it.
const staying = setInterval(() => undefined, 1000)
if (rest !== 'leave') {
  const { outcome, code, output } = await handle.done
  process.stdout.write(`${JSON.stringify({ outcome, code, output })}\n`)
}
clearInterval(staying)
await ice.close('suspend')

async function untilItWaits(): Promise<void> {
  for await (const page of ice.store.log.follow(1, AbortSignal.timeout(30_000))) {
    if (page.some(({ bytes }) => Buffer.from(bytes).includes('"RunSuspended"'))) break
  }
  process.stderr.write('it waits\n')
}
