import { hash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { countedIds, plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { createCatalog, fileDrivers, ledgerDrivers, openWorkspace, spawnDriver } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { builtinPolicy, parseLogId, views } from '@ice-runtime/kernel'
import type { GrantTerms, Sha256, Store } from '@ice-runtime/kernel'
import { createRuntime, outputValidator, secretsValidator } from '@ice-runtime/runtime'
import type { RunRequest, Runtime } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { filesBefore, scenarioOf, sweptAgents } from './scenarios.ts'
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
  const spawning = spawnDriver({ agent: (name) => sweptAgents.find(({ identity }) => identity.name === name)?.identity, terms: noTerms })
  const catalog = createCatalog([...fileDrivers({ root }), ...effects, spawning], sha256)
  const runtime = createRuntime({
    store,
    sha256,
    verifies: () => false,
    clock: { now: () => Date.now() },
    timers: { after: (delayMs, callback) => disposable(setTimeout(callback, delayMs).unref()) },
    // A process after a killed one gives no run the name of one that is there.
    ids: countedIds(`swept${process.pid}x`),
    policy: () => builtinPolicy(sha256),
    agent: ({ digest }) => sweptAgents.find(({ identity }) => identity.digest === digest),
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
      return { agent, input: null, principal: plainPrincipal, grants: [plainGrant, lending], workspace: workspace.identity, validators }
    },
    [Symbol.asyncDispose]: async () => {
      await runtime.close('finish')
      await store.close()
      root[Symbol.dispose]()
    },
  }
}

/** For the children of a run: whatever it lends, its own files are written under the other grant. */
const lending: GrantTerms = {
  actions: ['agent.spawn', 'files.*'],
  resources: ['agent:**', 'file:**'],
  class: 'staged',
  egress: [],
  delegable: 1,
}

function noTerms(): never {
  throw new Error('a swept agent says in full what it lends')
}

function disposable(timer: NodeJS.Timeout): Disposable {
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}
