import { maxErrorChars } from '../limits.ts'
import { bundleFile, preludeFile } from './engine-files.ts'
import { startEngine } from './instance.ts'
import type { EngineInstance, EnginePointers, ValuePointer } from './instance.ts'
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

/** Decides at each tick whether the turn goes on. Counts from `reset`, which each turn calls. */
export interface TickMeter {
  reset(): void
  tick(): Fault | undefined
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

type Result = { readonly value?: ValuePointer; readonly fault?: Fault }

interface Engine {
  readonly instance: EngineInstance
  readonly pointers: EnginePointers
  /** Counts ticks over `work` and turns a trap into a fault. */
  run(work: () => Result): Result
  evaluate(code: string, file: string): Result
  call(entry: ValuePointer, argument: string | undefined): Result
  /** Undefined when the queue was emptied without an error. */
  runJobs(): Result | undefined
  property(object: ValuePointer, name: string): ValuePointer
  takeString(value: ValuePointer): string
  free(value: ValuePointer): void
}

function makeEngine(instance: EngineInstance, pointers: EnginePointers, meter: TickMeter): Engine {
  const { ffi, module } = instance
  const { context, runtime, contextOut } = pointers
  let stopped: Fault | undefined
  instance.onTick = () => {
    stopped ??= meter.tick()
    return stopped !== undefined
  }

  const writeString = (text: string): { pointer: number; sizeBytes: number } => {
    const sizeBytes = module.lengthBytesUTF8(text)
    const pointer = module._malloc(sizeBytes + 1)
    if (pointer === 0) throw new Error('out of memory')
    module.stringToUTF8(text, pointer as never, sizeBytes + 1)
    return { pointer, sizeBytes }
  }
  const newString = (text: string): ValuePointer => {
    const { pointer } = writeString(text)
    const value = ffi.QTS_NewString(context, pointer as never)
    module._free(pointer)
    return value
  }
  const readString = (value: ValuePointer): string => {
    const chars = ffi.QTS_GetString(context, value)
    const text = module.UTF8ToString(chars as never)
    ffi.QTS_FreeCString(context, chars)
    return text
  }
  const property = (object: ValuePointer, name: string): ValuePointer => {
    const key = newString(name)
    const value = ffi.QTS_GetProp(context, object, key)
    ffi.QTS_FreeValuePointer(context, key)
    return value
  }
  const readError = (error: ValuePointer): Fault => {
    const part = (name: string): string => readString(property(error, name)).slice(0, maxErrorChars)
    return { type: 'threw', message: `${part('name')}: ${part('message')}`, stack: part('stack') }
  }
  const settle = (value: ValuePointer): Result => {
    const error = ffi.QTS_ResolveException(context, value)
    if (Number(error) === 0) return { value }
    const fault = readError(error)
    ffi.QTS_FreeValuePointer(context, error)
    return { fault }
  }
  const undefinedValue = ffi.QTS_GetUndefined()
  return {
    instance,
    pointers,
    property,
    run(work) {
      stopped = undefined
      meter.reset()
      try {
        const result = work()
        return stopped === undefined ? result : { fault: stopped }
      } catch (error) {
        return { fault: stopped ?? { type: 'trap', message: error instanceof Error ? error.message : String(error) } }
      }
    },
    evaluate(code, file) {
      const { pointer, sizeBytes } = writeString(code)
      const asScript = 0
      const value = ffi.QTS_Eval(context, pointer as never, sizeBytes, file, asScript as never, asScript as never)
      module._free(pointer)
      return settle(value)
    },
    call(entry, argument) {
      if (argument === undefined) return settle(ffi.QTS_Call(context, entry, undefinedValue, 0, 0 as never))
      const value = newString(argument)
      const list = module._malloc(4)
      new Uint32Array(instance.memory.buffer)[list / 4] = Number(value)
      const result = ffi.QTS_Call(context, entry, undefinedValue, 1, list as never)
      module._free(list)
      ffi.QTS_FreeValuePointer(context, value)
      return settle(result)
    },
    runJobs() {
      let first: Result | undefined
      while (stopped === undefined && ffi.QTS_IsJobPending(runtime) !== 0) {
        const result = settle(ffi.QTS_ExecutePendingJob(runtime, -1, contextOut))
        if (result.value !== undefined) ffi.QTS_FreeValuePointer(context, result.value)
        else first ??= result
      }
      return first
    },
    takeString(value) {
      const text = readString(value)
      ffi.QTS_FreeValuePointer(context, value)
      return text
    },
    free(value) {
      ffi.QTS_FreeValuePointer(context, value)
    },
  }
}
