import { hash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { countedIds, plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { createCatalog, fileDrivers, ledgerDrivers, openWorkspace } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { builtinPolicy, parseLogId, views } from '@ice-runtime/kernel'
import type { Sha256, Store } from '@ice-runtime/kernel'
import { createRuntime, outputValidator, secretsValidator } from '@ice-runtime/runtime'
import type { RunRequest, Runtime } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { filesBefore, scenarioOf, scenarios } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { committingEach, steppedCalls, steppedDriver, steppedTimers } from './stepped-parts.ts'
import type { Steps } from './steps.ts'

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')

/** A real runtime over a real log, real files and a ledger that stands for the outside. */
export interface SweptWorld extends AsyncDisposable {
  readonly runtime: Runtime
  readonly store: Store
  request(scenario: string): RunRequest
}

/** The directories below the top of one point. */
export function placesOf(top: string): { readonly data: string; readonly files: string; readonly ledger: string } {
  return { data: join(top, 'data'), files: join(top, 'files'), ledger: join(top, 'ledger') }
}

export function makeFiles(top: string): void {
  for (const [path, text] of Object.entries(filesBefore)) {
    const target = join(placesOf(top).files, path)
    fs.mkdirSync(dirname(target), { recursive: true })
    fs.writeFileSync(target, text)
  }
}

export function openWorld(top: string, steps: Steps, commits: Scenario['commits'] = 'grouped'): SweptWorld {
  const places = placesOf(top)
  const logId = parseLogId('log_sweepsweep00')
  const timers = steppedTimers(steps, commits)
  const disk = openSqliteStore({ directory: places.data, logId, sha256, views, timers })
  const store = commits === 'each' ? committingEach(disk) : disk
  const root = openRoot(places.files, { calls: steppedCalls(steps) })
  const workspace = openWorkspace({ root, blobs: store.blobs })
  const effects = ledgerDrivers({ directory: places.ledger }).map((driver) => steppedDriver(driver, steps))
  const catalog = createCatalog([...fileDrivers({ root }), ...effects], sha256)
  const runtime = createRuntime({
    store,
    sha256,
    verifies: () => false,
    clock: { now: () => Date.now() },
    timers: { after: (delayMs, callback) => disposable(setTimeout(callback, delayMs).unref()) },
    ids: countedIds('swept'),
    policy: () => builtinPolicy(sha256),
    agent: ({ digest }) => scenarios.find(({ agent }) => agent.identity.digest === digest)?.agent,
    world: () => ({ catalog, workspace }),
    validators: [outputValidator(), secretsValidator()],
    isolation: [],
    runtimeName: 'sweep 1',
    ...(commits === 'each' ? { limits: { heldEntries: 1 } } : {}),
  })
  return {
    runtime,
    store,
    request: (name) => {
      const { agent } = scenarioOf(name)
      const validators = ['output', 'secrets']
      return { agent, input: null, principal: plainPrincipal, grants: [plainGrant], workspace: workspace.identity, validators }
    },
    [Symbol.asyncDispose]: async () => {
      await runtime.close('finish')
      await store.close()
      root[Symbol.dispose]()
    },
  }
}

function disposable(timer: NodeJS.Timeout): Disposable {
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}
