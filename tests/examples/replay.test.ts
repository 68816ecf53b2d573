import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openQuickjsPool, restoreAgent } from '@ice-runtime/agents'
import { openIceReader, sha256, verifies } from '@ice-runtime/ice'
import type { AgentHost, RunId, StoreReader } from '@ice-runtime/kernel'
import { readEntries, replayRun } from '@ice-runtime/runtime'
import { greeter } from '../../examples/embedded/greeter.ts'
import { bookkeeper } from '../../examples/ledger/bookkeeper.ts'
import { leftovers, makeTree, removeLeftovers, runExample } from './run-example.ts'

afterAll(removeLeftovers)

const functions: readonly AgentHost[] = [greeter, bookkeeper]

/** The agent of a run: kept with it, or a function of the example's program. */
async function agentOf(store: StoreReader, run: RunId, pool: Parameters<typeof restoreAgent>[1]): Promise<AgentHost | undefined> {
  const [first] = readEntries(store.log, run, 1)
  if (first?.type !== 'RunRequested') return undefined
  const { bundle, digest } = first.payload.agent
  if (bundle !== undefined) return await restoreAgent(store.blobs.get(bundle), pool)
  return functions.find(({ identity }) => identity.digest === digest)
}

test.each([
  ['embedded/main.ts', 'ice-embedded-', 1],
  ['ledger/main.ts', 'ice-ledger-', 1],
  ['dependency-audit/main.ts', 'ice-dependency-audit-', 1],
])(
  'every run of %s replays: decisions byte-equal, the agent identical, the state the same',
  { timeout: 60_000 },
  async (program, prefix, count) => {
    const workspace = makeTree({ 'package.json': '{"name":"a"}', 'a.ts': "import 'b'\n" })
    const args = program.startsWith('dependency-audit') ? ['--workspace', workspace] : []
    expect(await runExample(program, args)).toMatchObject({ exitCode: 0 })
    const place = readdirSync(leftovers()).find((name) => name.startsWith(prefix)) ?? ''
    await using store = openIceReader(join(leftovers(), place, 'data'))
    const runs = store.log.streams({ limit: 10 }).filter((stream): stream is RunId => stream !== 'system')
    expect(runs.length).toBeGreaterThanOrEqual(count)
    await using pool = await openQuickjsPool({ workers: 1 })
    for (const run of runs) {
      const host = await agentOf(store, run, async () => pool)
      expect(host).toBeDefined()
      const report = await replayRun(store, run, { sha256, verifies, host })
      expect(report).toMatchObject({ identical: true, decisions: { divergence: undefined }, agent: { mismatch: undefined }, modelCalls: 0 })
      expect(report.agent?.same).toBeGreaterThan(0)
    }
  },
)
