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

export const pageBytes = 65_536
/** What the module declares as its smallest memory. */
export const initialPages = 256

/** One WebAssembly instance of the engine with a capped memory of its own: nothing in it can reach another one. */
export interface EngineInstance {
  readonly module: EngineModule
  readonly ffi: QuickJSFFI
  readonly memory: WasmMemory
  /** An image was put into it before, so its memory must be cleared before the next one. */
  used: boolean
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
  const instance: EngineInstance = { module, ffi: new QuickJSFFI(module), memory, used: false, onTick: () => false }
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
