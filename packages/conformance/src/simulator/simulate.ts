import { approvalLifeMs, builtinPolicy, digestFromBytes, treeRoot } from '@ice-runtime/kernel'
import type { ActionCatalog, AgentHost, IceEntry, RunId, Sha256, Store, Workspace } from '@ice-runtime/kernel'
import { createRuntime, readEntries } from '@ice-runtime/runtime'
import type { Runtime } from '@ice-runtime/runtime'
import { addOperators } from '../runtime/add-operators.ts'
import { askingPolicy } from '../runtime/asking-policy.ts'
import { countedIds, plainPrincipal } from '../runtime/plain-request.ts'
import { steppedTime } from '../runtime/stepped-time.ts'
import type { SteppedTime } from '../runtime/stepped-time.ts'
import { ada, verifies } from '../kernel/told-operators.ts'
import { createOutside } from './outside.ts'
import { comeBy, simulatedAsks, simulatedOperators } from './simulated-people.ts'
import { simulatedGrant, withChildren, writeScript } from './scripts.ts'
import type { Script } from './scripts.ts'
import { seeded } from './seeded.ts'
import type { Seeded } from './seeded.ts'

/** How the write of a group of entries ends. `lost` and `kept` break the store; only what is read afterwards tells them apart. */
export type Fate = 'durable' | 'lost' | 'kept'

/** What a simulation is made of beside the runtime: handed in, so that it runs over any store and workspace in memory. */
export interface SimulationParts {
  readonly sha256: Sha256
  /** Opens the one log there is, again after each break. */
  openStore(parts: { readonly fate: () => Fate; readonly time: SteppedTime }): Store
  readonly workspace: Workspace
  /** Others edit a file. */
  edit(path: string, text: string): void
  agentOf(script: Script): AgentHost
  /** Grants, catalog: all that the simulated actions need. */
  catalogOf(drivers: ReturnType<typeof createOutside>['drivers']): ActionCatalog
}

/** What is left when all runs have ended. */
export interface Simulated {
  readonly store: Store
  readonly scripts: readonly Script[]
  readonly runs: readonly { readonly id: RunId; readonly script: Script; readonly entries: readonly IceEntry[] }[]
  /** Keys of what was done outside, in order. */
  readonly outside: readonly string[]
  readonly breaks: number
  /** Digest of the whole log: equal for equal seeds. */
  readonly fingerprint: string
}

const atOnce = ['sim.post', 'sim.transfer', 'sim.wire', 'sim.pay']
/** So long that a question can expire before its run does. */
const wallMs = 30 * approvalLifeMs
/** After so many processes nothing breaks any more, so that every simulation ends. */
const maxProcesses = 12
/** Turns of the loop one process gets: far more than any needs, so a run that hangs is found. */
const maxTurns = 20_000

interface World extends SimulationParts {
  readonly chance: Seeded
  readonly time: SteppedTime
  readonly catalog: ActionCatalog
  readonly agents: ReadonlyMap<string, AgentHost>
}

/** Runs a few agents to their end over a store that breaks, an outside that fails, a clock that jumps and files that others edit. */
export async function simulate(seed: number, parts: SimulationParts): Promise<Simulated> {
  const chance = seeded(seed)
  const time = steppedTime()
  const scripts = Array.from({ length: 1 + chance.pick(3) }, (_, index) => writeScript(`agent${index}`, chance.fork(`script ${index}`)))
  const hosts = scripts.map((script) => parts.agentOf(script))
  const below = scripts.flatMap(({ children }) => children.flatMap(withChildren)).map((script) => parts.agentOf(script))
  const outside = createOutside(chance.fork('outside'), { time, workspace: parts.workspace })
  const world: World = {
    ...parts,
    chance: chance.fork('world'),
    time,
    catalog: parts.catalogOf(outside.drivers),
    agents: new Map([...hosts, ...below].map((host) => [host.identity.digest, host])),
  }
  await appointOperators(parts, time)
  const waiting = [...hosts]
  let breaks = -1
  let store: Store | undefined
  for (let nth = 0; store === undefined || !(await isOver(store, waiting)); nth += 1) {
    if (nth > maxProcesses + 2) throw new Error(`seed ${seed}: runs do not end: ${unfinished(store ?? never()).join(' ')}`)
    await store?.close().catch(() => undefined)
    outside.die()
    store = await oneProcess(world, waiting, nth)
    breaks += 1
  }
  const runs = runIds(store).map((id) => ({
    id,
    entries: entriesOf(store, id),
    script: scriptOf(entriesOf(store, id), scripts.flatMap(withChildren)),
  }))
  const fingerprint = digestFromBytes(treeRoot(store.log.edge(), parts.sha256))
  return { store, scripts, runs, outside: outside.done, breaks, fingerprint }
}

/** Before anything can break. */
async function appointOperators(parts: SimulationParts, time: SteppedTime): Promise<void> {
  await using store = parts.openStore({ fate: () => 'durable', time })
  const added = addOperators(store, simulatedOperators, parts.sha256)
  let isAdded = false
  void added.finally(() => {
    isAdded = true
  })
  while (!isAdded) {
    await new Promise((resolve) => setImmediate(resolve))
    time.advance(1)
  }
}

/** A process that recovers, starts what has not been started, and ends when all is over or its store has broken. */
async function oneProcess(world: World, waiting: AgentHost[], nth: number): Promise<Store> {
  const { chance, time, workspace } = world
  const fate = (): Fate => (nth >= maxProcesses || !chance.chance(12) ? 'durable' : chance.chance(50) ? 'lost' : 'kept')
  const store = world.openStore({ fate, time })
  const runtime = createRuntime({
    store,
    sha256: world.sha256,
    verifies,
    clock: time,
    timers: time,
    ids: countedIds(`sim${nth}x`),
    policy: () => askingPolicy(builtinPolicy(world.sha256, atOnce), simulatedAsks, { name: 'simulated', sha256: world.sha256 }),
    agent: ({ digest }) => world.agents.get(digest),
    world: () => ({ catalog: world.catalog, workspace }),
    validators: [],
    isolation: [],
    runtimeName: 'simulator 1',
    // Every second process hands over each decision alone, so that the log ends in more places.
    ...(nth % 2 === 0 ? { limits: { heldEntries: 1 } } : {}),
  })
  const work = workOf(world, runtime, waiting)
  let isDone = false
  void work.finally(() => {
    isDone = true
  })
  for (let turn = 0; !isDone; turn += 1) {
    if (turn > maxTurns) throw new Error(`process ${nth} hangs with ${runtime.live().join(' ')}`)
    await new Promise((resolve) => setImmediate(resolve))
    happen(world)
    if (store.healthy) {
      await answerUncertain(world, runtime, store)
      await comeBy(world, runtime, store)
    }
    // Who owns a broken store closes what is above it; a run that waits for somebody would not hear of it otherwise.
    else void runtime.close('suspend')
  }
  await work
  return store
}

async function workOf(world: World, runtime: Runtime, waiting: AgentHost[]): Promise<void> {
  const handles = []
  try {
    const { resumed, setAside } = await runtime.recover()
    handles.push(...resumed)
    // A store that breaks often looks like a run that breaks it; an operator knows better.
    for (const { run } of setAside) handles.push(await runtime.resume(run, { by: 'operator' }))
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      const request = {
        agent: host,
        input: null,
        principal: plainPrincipal,
        grants: [simulatedGrant],
        workspace: world.workspace.identity,
        validators: [],
        ceilings: { wallMs },
      }
      const started = runtime.start(request)
      // Asked for again by the next process if this one cannot say that it is in the log.
      await started.catch(() => undefined)
      handles.push(await started)
    }
  } catch {
    // The store broke: what is at work hears of it and stops.
  }
  await Promise.allSettled(handles.map(({ done }) => done))
}

/** Time passes, now and then backward for the clock; now and then others edit the shared file. */
function happen({ chance, time, edit }: World): void {
  time.advance(chance.pick(6))
  if (chance.chance(1)) time.set(time.now() - chance.pick(1000))
  if (chance.chance(2)) edit('shared', `others ${chance.pick(1000)}`)
}

/** An operator who answers for what is uncertain, and resumes. */
async function answerUncertain({ chance }: World, runtime: Runtime, store: Store): Promise<void> {
  if (!chance.chance(20)) return
  for (const id of runtime.live()) {
    try {
      const entries = entriesOf(store, id)
      const last = entries.findLast(({ type }) => type === 'RunSuspended' || type === 'RunResumed')
      if (last?.type !== 'RunSuspended') continue
      // Who waits for people is resumed too, by an operator who is impatient: it only waits again.
      if (last.payload.cause === 'approval' && !chance.chance(5)) continue
      for (const action of uncertainIn(entries)) {
        const found = await runtime.reconcile(id, action, 'probe')
        if (found === 'unknown') await runtime.reconcile(id, action, { found: 'done', by: ada.subject, reason: 'the other side shows it' })
      }
      await runtime.resume(id, { by: 'operator' })
    } catch {
      // The run moved meanwhile, or the store broke: asked again at another turn.
    }
  }
}

function uncertainIn(entries: readonly IceEntry[]): readonly number[] {
  const answered = new Set(entries.flatMap((entry) => (entry.type === 'ActionReconciled' ? [entry.payload.action] : [])))
  const uncertain = entries.flatMap((entry) => (entry.type === 'ActionUncertain' ? [entry.payload.action] : []))
  return uncertain.filter((action) => !answered.has(action))
}

async function isOver(store: Store, waiting: readonly AgentHost[]): Promise<boolean> {
  return store.healthy && waiting.length === 0 && unfinished(store).length === 0
}

function unfinished(store: Store): readonly string[] {
  return runIds(store).flatMap((id) => {
    const entries = entriesOf(store, id)
    // An answer that comes too late may stand behind the end.
    return entries.some(({ type }) => type === 'RunTornDown') ? [] : [`${id} at ${entries.at(-1)?.type}`]
  })
}

function runIds(store: Store): readonly RunId[] {
  return store.log.streams({ limit: 1000 }).flatMap((stream) => (stream === 'system' ? [] : [stream]))
}

function entriesOf(store: Store, id: RunId): readonly IceEntry[] {
  return readEntries(store.log, id)
}

function scriptOf(entries: readonly IceEntry[], scripts: readonly Script[]): Script {
  const [requested] = entries
  const name = requested?.type === 'RunRequested' ? requested.payload.agent.name : ''
  return scripts.find((script) => script.name === name) ?? never()
}

function never(): never {
  throw new Error('the simulation is not in order')
}
