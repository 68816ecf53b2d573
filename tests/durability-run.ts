import { hash } from 'node:crypto'
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import { countedIds, plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { createCatalog, fileDrivers, ledgerDrivers, openWorkspace } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { builtinPolicy, parseLogId, views } from '@ice-runtime/kernel'
import type { AgentHost } from '@ice-runtime/kernel'
import { createRuntime } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'

// The process that is traced: two runs of five staged files each, and one with an effect at once and one at its commit. Each has
// directories of its own, so that what is found in a log is of that run. Each line on stdout is an acknowledgement somebody
// outside may act upon.

const [, , top = '', safety] = process.argv
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** Straight to the descriptor: a line that is said has left the process. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

const staged = functionAgent<string>({
  name: 'staged',
  version: '1',
  requests: [],
  run: async (name, { propose }) => {
    for (let index = 0; index < 5; index += 1) await propose('files.write', { path: `${name}-${index}`, content: `${index}` })
    return null
  },
})

const sending = functionAgent({
  name: 'sending',
  version: '1',
  requests: [],
  run: async (_input, { propose }) => {
    await propose('ledger.post', { account: 'bob', amountMicro: 2 })
    await propose('ledger.transfer', { account: 'ada', amountMicro: 1 }, { at: 'now', reason: 'the answer is needed' })
    return null
  },
})

const unsafe = safety === 'OFF' ? ({ unsafeSynchronous: 'OFF' } as const) : {}

async function runOnce(agent: AgentHost, name: string): Promise<void> {
  const place = join(top, name)
  mkdirSync(join(place, 'files'), { recursive: true })
  await using store = openSqliteStore({
    directory: join(place, 'data'),
    logId: parseLogId('log_durability00'),
    sha256,
    views,
    ...unsafe,
  })
  using root = openRoot(join(place, 'files'))
  const workspace = openWorkspace({ root, blobs: store.blobs })
  const catalog = createCatalog([...fileDrivers({ root }), ...ledgerDrivers({ directory: join(place, 'ledger') })], sha256)
  const runtime = createRuntime({
    store,
    sha256,
    verifies: () => false,
    clock: { now: () => Date.now() },
    timers: { after: (delayMs, callback) => disposable(setTimeout(callback, delayMs).unref()) },
    ids: countedIds('durable'),
    policy: () => builtinPolicy(sha256, ['ledger.transfer']),
    agent: () => undefined,
    world: () => ({ catalog, workspace }),
    validators: [],
    isolation: [],
    runtimeName: 'traced 1',
  })
  const request = { agent, input: name, principal: plainPrincipal, grants: [plainGrant], workspace: workspace.identity, validators: [] }
  say(`asked ${name}`)
  const run = await runtime.start(request)
  say(`started ${name}`)
  const { outcome } = await run.done
  say(`ended ${name} ${outcome}`)
  await runtime.close('finish')
}

function disposable(timer: NodeJS.Timeout): Disposable {
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

await runOnce(staged, 'warm')
await runOnce(staged, 'staged')
await runOnce(sending, 'sending')
