import { makeEngine } from './engine.ts'
import type { Engine, TickMeter } from './engine.ts'
import type { Result } from './engine-values.ts'
import { bundleFile, preludeFile } from './engine-files.ts'
import { startEngine } from './instance.ts'
import type { EngineInstance, ValuePointer } from './instance.ts'
import { captureImage, hasGrown } from './memory-image.ts'
import type { MemoryImage } from './memory-image.ts'
import type { Fault } from './messages.ts'
import { preludeSource } from './prelude.ts'

/** What one call into a realm left: the lines the agent wrote, and why it did not end by itself. */
export interface Turn {
  readonly text: string
  readonly fault?: Fault
}

const entryNames = ['manifest', 'seed', 'start', 'deliver', 'drain', 'randomReads'] as const
type EntryName = (typeof entryNames)[number]

/** One agent's own engine: a global scope, a job queue and a memory. Not usable after a fault other than `threw`. */
export interface Realm {
  evaluate(code: string): Turn
  call(entry: EntryName, argument?: string): Turn
  /** Calls `entry`, runs jobs until none is left, and takes what the agent wrote. */
  turn(entry: 'start' | 'deliver', argument: string): Turn
  capture(): RealmImage | undefined
  /** The instance, if it can serve another realm: nothing in it was cut off in the middle. */
  release(): EngineInstance | undefined
}

export interface RealmImage {
  readonly memory: MemoryImage
  readonly entries: Readonly<Record<EntryName, ValuePointer>>
}

/** A realm with the prelude and without an agent. */
export function openRealm(instance: EngineInstance, meter: TickMeter): Realm {
  const pointers = startEngine(instance)
  const engine = makeEngine(instance, pointers, meter)
  const host = engine.run(() => engine.evaluate(preludeSource, preludeFile))
  if (host.value === undefined) throw new Error(`the prelude failed: ${JSON.stringify(host.fault)}`)
  const value = host.value
  const entries = Object.fromEntries(entryNames.map((name) => [name, engine.property(value, name)])) as RealmImage['entries']
  return makeRealm(engine, entries)
}

/** A realm that goes on from an image that was put into `instance`. */
export function resumeRealm(instance: EngineInstance, image: RealmImage, meter: TickMeter): Realm {
  return makeRealm(makeEngine(instance, image.memory.pointers, meter), image.entries)
}

function makeRealm(engine: Engine, entries: RealmImage['entries']): Realm {
  let whole = true
  const run = (work: () => Result): Result => {
    const result = engine.run(work)
    if (result.fault !== undefined && result.fault.type !== 'threw') whole = false
    return result
  }
  const call: Realm['call'] = (entry, argument) => {
    const { value, fault } = run(() => engine.call(entries[entry], argument))
    if (fault !== undefined) return { text: '', fault }
    return { text: value === undefined ? '' : engine.takeString(value) }
  }
  return {
    call,
    evaluate(code) {
      const { value, fault } = run(() => engine.evaluate(code, bundleFile))
      if (value !== undefined) engine.free(value)
      return fault === undefined ? { text: '' } : { text: '', fault }
    },
    turn(entry, argument) {
      const { value, fault } = run(() => {
        const called = engine.call(entries[entry], argument)
        return engine.runJobs() ?? called
      })
      if (value !== undefined) engine.free(value)
      if (fault !== undefined && fault.type !== 'threw') return { text: '', fault }
      const drained = call('drain')
      return fault === undefined ? drained : { text: drained.text, fault }
    },
    release: () => (whole && !hasGrown(engine.instance) ? engine.instance : undefined),
    capture() {
      const memory = captureImage(engine.instance, engine.pointers)
      return memory === undefined ? undefined : { memory, entries }
    },
  }
}
