import { openValues } from './engine-values.ts'
import type { Result } from './engine-values.ts'
import type { EngineInstance, EnginePointers, ValuePointer } from './instance.ts'
import type { Fault } from './messages.ts'

/** Decides at each tick whether the turn goes on. Counts from `reset`, which each turn calls. */
export interface TickMeter {
  reset(): void
  tick(): Fault | undefined
}

/** The engine of one instance, as a few operations on values that it owns. */
export interface Engine {
  readonly instance: EngineInstance
  readonly pointers: EnginePointers
  /** Counts ticks over `work` and turns a trap into a fault. */
  run(work: () => Result): Result
  evaluate(code: string, file: string): Result
  call(entry: ValuePointer, argument: string | undefined): Result
  /** Runs jobs until none is left. Undefined when none of them failed, else what the first failure was. */
  runJobs(): Result | undefined
  property(object: ValuePointer, name: string): ValuePointer
  /** Reads a string and gives it back to the engine. */
  takeString(value: ValuePointer): string
  free(value: ValuePointer): void
}

/** The engine whose runtime and context are in `instance` at `pointers`. */
export function makeEngine(instance: EngineInstance, pointers: EnginePointers, meter: TickMeter): Engine {
  const { ffi, module } = instance
  const { context, runtime, contextOut } = pointers
  const values = openValues(instance, pointers)
  const undefinedValue = ffi.QTS_GetUndefined()
  let stopped: Fault | undefined
  // Once stopped, always stopped: an agent that catches the interruption is interrupted again at the next tick.
  instance.onTick = () => {
    stopped ??= meter.tick()
    return stopped !== undefined
  }
  return {
    instance,
    pointers,
    property: values.property,
    takeString: values.takeString,
    free: values.free,
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
      const { pointer, sizeBytes } = values.write(code)
      const asScript = 0
      const value = ffi.QTS_Eval(context, pointer, sizeBytes, file, asScript as never, asScript as never)
      module._free(pointer)
      return values.settle(value)
    },
    call(entry, argument) {
      if (argument === undefined) return values.settle(ffi.QTS_Call(context, entry, undefinedValue, 0, 0 as never))
      const value = values.newString(argument)
      const list = module._malloc(4)
      new Uint32Array(instance.memory.buffer)[list / 4] = Number(value)
      const result = ffi.QTS_Call(context, entry, undefinedValue, 1, list as never)
      module._free(list)
      values.free(value)
      return values.settle(result)
    },
    runJobs() {
      let first: Result | undefined
      while (stopped === undefined && ffi.QTS_IsJobPending(runtime) !== 0) {
        const result = values.settle(ffi.QTS_ExecutePendingJob(runtime, -1, contextOut))
        if (result.value !== undefined) values.free(result.value)
        else first ??= result
      }
      return first
    },
  }
}
