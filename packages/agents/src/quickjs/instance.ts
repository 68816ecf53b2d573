import loadEmscripten from '@jitl/quickjs-ng-wasmfile-release-sync/emscripten-module'
import { QuickJSFFI } from '@jitl/quickjs-ng-wasmfile-release-sync/ffi'
import { maxEngineStackBytes } from './limits.ts'
import { wasmApi } from './webassembly.ts'
import type { EngineLoader, WasmMemory } from './webassembly.ts'

/** The engine's own types, by way of its functions. */
type EngineModule = ConstructorParameters<typeof QuickJSFFI>[0]
type RuntimePointer = Parameters<QuickJSFFI['QTS_FreeRuntime']>[0]
type ContextPointer = Parameters<QuickJSFFI['QTS_FreeContext']>[0]
type ContextOutPointer = Parameters<QuickJSFFI['QTS_ExecutePendingJob']>[2]
export type ValuePointer = Parameters<QuickJSFFI['QTS_FreeValuePointer']>[1]

const pageBytes = 65_536
/** What the module declares as its smallest memory. */
const initialPages = 256

/** One WebAssembly instance of the engine with a capped memory of its own: nothing in it can reach another one. */
export interface EngineInstance {
  readonly module: EngineModule
  readonly ffi: QuickJSFFI
  readonly memory: WasmMemory
  /** Asked at every tick; `true` stops what runs. */
  onTick: () => boolean
}

export interface EnginePointers {
  readonly runtime: RuntimePointer
  readonly context: ContextPointer
  readonly contextOut: ContextOutPointer
}

/** The engine's own memory limit counts nothing in this build, so the cap is the memory's. */
export async function instantiateEngine(wasm: WebAssembly.Module, maxMemoryBytes: number): Promise<EngineInstance> {
  const memory = new wasmApi.Memory({ initial: initialPages, maximum: Math.max(initialPages, Math.floor(maxMemoryBytes / pageBytes)) })
  // The package's types describe its CommonJS form, whose default export is a namespace.
  const load = loadEmscripten as unknown as EngineLoader<EngineModule>
  const module = await load({
    wasmMemory: memory,
    instantiateWasm(imports, onSuccess) {
      const instance = new wasmApi.Instance(wasm, imports)
      onSuccess(instance)
      return instance.exports
    },
  })
  const instance: EngineInstance = { module, ffi: new QuickJSFFI(module), memory, onTick: () => false }
  const refuse = (): never => {
    throw new Error('agents have no host functions and no module loader')
  }
  module.callbacks = {
    callFunction: refuse,
    loadModuleSource: refuse,
    normalizeModule: refuse,
    freeHostRef: () => undefined,
    shouldInterrupt: () => (instance.onTick() ? 1 : 0),
  }
  return instance
}

/** Makes the engine's runtime and context in a fresh instance. */
export function startEngine(instance: EngineInstance): EnginePointers {
  const { ffi, module } = instance
  const runtime = ffi.QTS_NewRuntime()
  ffi.QTS_RuntimeSetMaxStackSize(runtime, maxEngineStackBytes)
  ffi.QTS_RuntimeEnableInterruptHandler(runtime)
  const allIntrinsics = 0 as Parameters<typeof ffi.QTS_NewContext>[1]
  const context = ffi.QTS_NewContext(runtime, allIntrinsics)
  const contextOut = module._malloc(4) as ContextOutPointer
  return { runtime, context, contextOut }
}

/** The memory of an instance as it was at one moment, without its empty parts. */
export interface MemoryImage {
  readonly pointers: EnginePointers
  readonly segments: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
}

const blockBytes = 4096

/** Undefined when the instance has grown: its image would not fit into a fresh one. */
export function captureImage(instance: EngineInstance, pointers: EnginePointers): MemoryImage | undefined {
  const memory = new Uint8Array(instance.memory.buffer)
  if (memory.length !== initialPages * pageBytes) return undefined
  const words = new Int32Array(instance.memory.buffer)
  const segments: { offset: number; bytes: Uint8Array }[] = []
  let from = -1
  for (let offset = 0; offset <= memory.length; offset += blockBytes) {
    const used = offset < memory.length && isUsed(words, offset)
    if (used && from < 0) from = offset
    if (!used && from >= 0) {
      segments.push({ offset: from, bytes: memory.slice(from, offset) })
      from = -1
    }
  }
  return { pointers, segments }
}

function isUsed(words: Int32Array, offset: number): boolean {
  for (let index = offset / 4; index < (offset + blockBytes) / 4; index += 1) if (words[index] !== 0) return true
  return false
}

/** Puts a fresh instance into the state of an image. */
export function restoreImage(instance: EngineInstance, image: MemoryImage): void {
  const memory = new Uint8Array(instance.memory.buffer)
  for (const { offset, bytes } of image.segments) memory.set(bytes, offset)
}
