/** The part of WebAssembly that the engine needs: the types of Node name only modules, and the DOM's would bring a browser along. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

interface WasmInstance {
  readonly exports: object
}

interface WasmApi {
  readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module>
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => WasmMemory
  readonly Instance: new (module: WebAssembly.Module, imports: object) => WasmInstance
}

export const wasmApi: WasmApi = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly

/** How the engine's loader is called: with a memory of ours and an instance of a module compiled once. */
export type EngineLoader<Module> = (options: {
  readonly wasmMemory: WasmMemory
  instantiateWasm(imports: object, onSuccess: (instance: WasmInstance) => void): object
}) => Promise<Module>
