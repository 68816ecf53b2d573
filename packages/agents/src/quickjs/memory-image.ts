import { Buffer } from 'node:buffer'
import { initialPages, instantiateEngine, pageBytes, startEngine } from './instance.ts'
import type { EngineInstance, EnginePointers } from './instance.ts'
import { maxEngineStackBytes } from './limits.ts'

/** The memory of an instance as it was at one moment, without its empty parts. */
export interface MemoryImage {
  readonly pointers: EnginePointers
  readonly segments: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
}

const blockBytes = 4096
const emptyBlock = Buffer.alloc(blockBytes)

/** Undefined when the instance has grown: its image would not fit into a fresh one. */
export function captureImage(instance: EngineInstance, pointers: EnginePointers): MemoryImage | undefined {
  if (hasGrown(instance)) return undefined
  const memory = Buffer.from(instance.memory.buffer)
  const segments: { offset: number; bytes: Uint8Array }[] = []
  let from = -1
  for (let offset = 0; offset <= memory.length; offset += blockBytes) {
    const used = offset < memory.length && isUsed(memory, offset)
    if (used && from < 0) from = offset
    if (!used && from >= 0) {
      segments.push({ offset: from, bytes: new Uint8Array(memory.subarray(from, offset)) })
      from = -1
    }
  }
  return { pointers, segments }
}

/** An instance that grew is not used again: how much it may still grow would depend on who used it before. */
export function hasGrown(instance: EngineInstance): boolean {
  return instance.memory.buffer.byteLength !== initialPages * pageBytes
}

/** Address of the word in which the engine's allocator keeps the end of what it ever took; it never goes back. */
export type BreakAddress = number

/**
 * Finds that word by what it does, because the module does not export it: it moves past two allocations that both need more memory,
 * and is the highest that does. Undefined when there is none, and then instances are not used twice.
 */
export async function findBreak(wasm: WebAssembly.Module): Promise<BreakAddress | undefined> {
  const instance = await instantiateEngine(wasm, initialPages * pageBytes)
  startEngine(instance)
  const words = new Uint32Array(instance.memory.buffer, 0, (256 * 1024) / 4)
  const before = words.slice()
  const first = instance.module._malloc(1024 * 1024) + 1024 * 1024
  const between = words.slice()
  const second = instance.module._malloc(2048 * 1024) + 2048 * 1024
  let found: number | undefined
  for (let index = 0; index < words.length; index += 1) {
    const [old, middle, now] = [before[index] ?? 0, between[index] ?? 0, words[index] ?? 0]
    const moved = old < first && middle >= first && middle < second && now >= second && now <= initialPages * pageBytes
    if (moved && (found === undefined || now > (words[found / 4] ?? 0))) found = index * 4
  }
  return found
}

/** Puts an instance into the state of an image. `breakAddress` is needed for one that was used before. */
export function restoreImage(instance: EngineInstance, image: MemoryImage, breakAddress: BreakAddress | undefined): void {
  const memory = Buffer.from(instance.memory.buffer)
  if (instance.used) {
    if (breakAddress === undefined) throw new Error('an instance was used twice without knowing how much of it to clear')
    const end = new Uint32Array(instance.memory.buffer)[breakAddress / 4] ?? memory.length
    clear(memory, stackFloor(image), Math.min(memory.length, end + blockBytes))
  }
  for (const { offset, bytes } of image.segments) memory.set(bytes, offset)
  instance.used = true
}

/**
 * The stack lies below the heap and grows down; the engine checks its depth, and twice that leaves room for what it does between two
 * checks. Below the data, which an image holds whole, nothing else is written.
 */
function stackFloor(image: MemoryImage): number {
  const firstMegabyte = 1024 * 1024
  const high = image.segments.find(({ offset }) => offset > firstMegabyte)?.offset ?? firstMegabyte
  return Math.max(0, high - 2 * maxEngineStackBytes)
}

/** Only blocks that hold something are written: clearing the others would make them resident. */
function clear(memory: Buffer, from: number, to: number): void {
  for (let offset = from; offset < to; offset += blockBytes) if (isUsed(memory, offset)) memory.fill(0, offset, offset + blockBytes)
}

function isUsed(memory: Buffer, offset: number): boolean {
  return !emptyBlock.equals(memory.subarray(offset, offset + blockBytes))
}
