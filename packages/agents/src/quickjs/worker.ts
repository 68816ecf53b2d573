import { parentPort, workerData } from 'node:worker_threads'
import { instantiateEngine } from './instance.ts'
import { maxKeptInstances, maxSpareInstances } from './limits.ts'
import type { EngineInstance } from './instance.ts'
import { findBreak, restoreImage } from './memory-image.ts'
import type { BundleKey, Fault, SessionRef, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts'
import { pinThreadClock } from './pinned-clock.ts'
import { openRealm, resumeRealm } from './realm.ts'
import type { TickMeter } from './engine.ts'
import type { Realm, RealmImage, Turn } from './realm.ts'

/** Imports nothing of this workspace by package name, so that it runs from its sources without a loader condition. */

interface Bundle {
  readonly code: string
  readonly maxMemoryBytes: number
  /** Instances of this bundle's memory bound: made ahead, or given back. */
  readonly spare: EngineInstance[]
  template?: Template
}

/** `loaded` when evaluating the bundle looked at neither clock nor randomness, so that its outcome is the same for every session. */
type Template = { readonly image: RealmImage; readonly loaded: boolean }

const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')
const setup = workerData as WorkerSetup
const clock = pinThreadClock()
const stops = new Int32Array(setup.stops)
const bundles = new Map<BundleKey, Bundle>()
const realms = new Map<number, { readonly realm: Realm; readonly bundle: Bundle }>()
/** Undefined until an instance was first given back. */
let breakAddress: { readonly found: number | undefined } | undefined
const waiting: WorkerRequest[] = []
let pumping = false
let filling = false
let ticks = 0
/** Nobody can ask this to stop: what a template costs is bounded by ticks alone, so that it does not depend on who came first. */
const nobody: SessionRef = { session: -1, slot: 0 }
let running: SessionRef = nobody

const meter: TickMeter = {
  reset() {
    ticks = 0
  },
  tick(): Fault | undefined {
    ticks += 1
    if (Atomics.load(stops, running.slot) === running.session) return { type: 'stopped' }
    return ticks > setup.maxTicksPerTurn ? { type: 'ticks' } : undefined
  },
}

port.on('message', (request: WorkerRequest) => {
  waiting.push(request)
  if (!pumping) void pump()
})

/** Handles requests one at a time in the order they came, also while an instance is being made. */
async function pump(): Promise<void> {
  pumping = true
  for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
    const handled = handle(request)
    const reply = handled instanceof Promise ? await handled : handled
    if (reply !== undefined) port?.postMessage(reply)
  }
  pumping = false
  if (!filling) setImmediate(() => void fillSpares())
}

function handle(request: WorkerRequest): WorkerReply | undefined | Promise<WorkerReply> {
  switch (request.type) {
    case 'load':
      bundles.set(request.bundle, { code: request.code, maxMemoryBytes: request.maxMemoryBytes, spare: [] })
      return undefined
    case 'unload':
      bundles.delete(request.bundle)
      return undefined
    case 'close':
      return close(request.session)
    case 'deliver': {
      running = request
      clock.set(request.at)
      return reply(request.session, realms.get(request.session)?.realm.turn('deliver', request.text) ?? lost())
    }
    case 'start':
      return start(request)
    case 'inspect':
      return inspect(request)
    default:
      return request satisfies never
  }
}

async function start(request: Extract<WorkerRequest, { type: 'start' }>): Promise<WorkerReply> {
  const bundle = bundles.get(request.bundle)
  if (bundle === undefined) return reply(request.session, lost())
  const template = bundle.template ?? (await makeTemplate(bundle))
  running = request
  const instance = bundle.spare.pop() ?? (await instantiateEngine(setup.wasm, bundle.maxMemoryBytes))
  restoreImage(instance, template.image.memory, breakAddress?.found)
  const realm = resumeRealm(instance, template.image, meter)
  realms.set(request.session, { realm, bundle })
  clock.set(request.at)
  const [seed, input] = splitStart(request.text)
  realm.call('seed', seed)
  const loaded = template.loaded ? { text: '' } : realm.evaluate(bundle.code)
  if (loaded.fault !== undefined) return reply(request.session, loaded)
  return reply(request.session, realm.turn('start', input))
}

function close(session: number): undefined {
  const closed = realms.get(session)
  realms.delete(session)
  const instance = closed?.realm.release()
  if (closed === undefined || instance === undefined || breakAddress?.found === undefined) return
  if (closed.bundle.spare.length < maxKeptInstances) closed.bundle.spare.push(instance)
}

async function inspect(request: Extract<WorkerRequest, { type: 'inspect' }>): Promise<WorkerReply> {
  const bundle = bundles.get(request.bundle)
  if (bundle === undefined) return reply(request.session, lost())
  running = nobody
  clock.set(0)
  const realm = openRealm(await instantiateEngine(setup.wasm, bundle.maxMemoryBytes), meter)
  const loaded = realm.evaluate(bundle.code)
  return reply(request.session, loaded.fault === undefined ? realm.call('manifest') : loaded)
}

/** Evaluates the bundle once for all sessions where that cannot be told from evaluating it for each. */
async function makeTemplate(bundle: Bundle): Promise<Template> {
  running = nobody
  clock.set(0)
  const realm = openRealm(await instantiateEngine(setup.wasm, bundle.maxMemoryBytes), meter)
  breakAddress ??= { found: await findBreak(setup.wasm) }
  const bare = realm.capture()
  if (bare === undefined) throw new Error('the engine alone has grown beyond its first memory')
  clock.takeReads()
  const loaded = realm.evaluate(bundle.code)
  const looked = clock.takeReads() > 0 || realm.call('randomReads').text !== '0'
  const image = loaded.fault === undefined && !looked ? realm.capture() : undefined
  bundle.template = image === undefined ? { image: bare, loaded: false } : { image, loaded: true }
  return bundle.template
}

async function fillSpares(): Promise<void> {
  filling = true
  for (const bundle of bundles.values()) {
    while (bundle.template !== undefined && !pumping && bundle.spare.length < maxSpareInstances) {
      bundle.spare.push(await instantiateEngine(setup.wasm, bundle.maxMemoryBytes))
      await new Promise(setImmediate)
    }
  }
  filling = false
}

/** The seed is JSON text of a string, on the first line; the input is the rest. */
function splitStart(text: string): readonly [string, string] {
  const at = text.indexOf('\n')
  return [JSON.parse(text.slice(0, at)) as string, text.slice(at + 1)]
}

function reply(session: number, { text, fault }: Turn): WorkerReply {
  return fault === undefined ? { session, text } : { session, text, fault }
}

function lost(): Turn {
  return { text: '', fault: { type: 'trap', message: 'the session is not known to its worker' } }
}
