import { maxErrorChars } from '../limits.ts'
import type { EngineInstance, EnginePointers, ValuePointer } from './instance.ts'
import type { Fault } from './messages.ts'

/** What an operation of the engine left: a value that is ours to free, or why there is none. */
export type Result = { readonly value?: ValuePointer; readonly fault?: Fault }

type TextPointer = Parameters<EngineInstance['module']['stringToUTF8']>[1]

/** Text and errors across the border of the engine's memory. */
export interface EngineValues {
  /** Copies text into the engine's memory; the caller frees it. */
  write(text: string): { readonly pointer: TextPointer; readonly sizeBytes: number }
  newString(text: string): ValuePointer
  property(object: ValuePointer, name: string): ValuePointer
  takeString(value: ValuePointer): string
  free(value: ValuePointer): void
  /** Turns the engine's exception, if `value` is one, into a fault. */
  settle(value: ValuePointer): Result
}

export function openValues({ ffi, module }: EngineInstance, { context }: EnginePointers): EngineValues {
  const write: EngineValues['write'] = (text) => {
    const sizeBytes = module.lengthBytesUTF8(text)
    const pointer = module._malloc(sizeBytes + 1) as TextPointer
    if (Number(pointer) === 0) throw new Error('out of memory')
    module.stringToUTF8(text, pointer, sizeBytes + 1)
    return { pointer, sizeBytes }
  }
  const free: EngineValues['free'] = (value) => ffi.QTS_FreeValuePointer(context, value)
  const newString: EngineValues['newString'] = (text) => {
    const { pointer } = write(text)
    const value = ffi.QTS_NewString(context, pointer)
    module._free(pointer)
    return value
  }
  const takeString: EngineValues['takeString'] = (value) => {
    const chars = ffi.QTS_GetString(context, value)
    const text = module.UTF8ToString(chars)
    ffi.QTS_FreeCString(context, chars)
    free(value)
    return text
  }
  const property: EngineValues['property'] = (object, name) => {
    const key = newString(name)
    const value = ffi.QTS_GetProp(context, object, key)
    free(key)
    return value
  }
  const readError = (error: ValuePointer): Fault => {
    const part = (name: string): string => takeString(property(error, name)).slice(0, maxErrorChars)
    return { type: 'threw', message: `${part('name')}: ${part('message')}`, stack: part('stack') }
  }
  return {
    write,
    free,
    newString,
    takeString,
    property,
    settle(value) {
      const error = ffi.QTS_ResolveException(context, value)
      if (Number(error) === 0) return { value }
      const fault = readError(error)
      free(error)
      return { fault }
    },
  }
}
