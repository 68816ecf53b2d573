import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { instantiateEngine } from './instance.ts'
import type { EngineInstance } from './instance.ts'
import { findBreak, hasGrown, restoreImage } from './memory-image.ts'
import type { BreakAddress } from './memory-image.ts'
import { openRealm, resumeRealm } from './realm.ts'
import type { RealmImage } from './realm.ts'
import { wasmApi } from './webassembly.ts'

const megabyte = 1024 * 1024
const meter = { reset: () => undefined, tick: () => undefined }
let wasm: WebAssembly.Module
let image: RealmImage
let breakAddress: BreakAddress | undefined

beforeAll(async () => {
  wasm = await wasmApi.compile(readFileSync(fileURLToPath(import.meta.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm'))))
  const captured = openRealm(await instantiateEngine(wasm, 64 * megabyte), meter).capture()
  if (captured === undefined) throw new Error('the engine alone has grown')
  image = captured
  breakAddress = await findBreak(wasm)
})

async function restored(): Promise<EngineInstance> {
  const instance = await instantiateEngine(wasm, 64 * megabyte)
  restoreImage(instance, image.memory, undefined)
  return instance
}

test.each([
  ['filled its heap', 'var all = []; for (let n = 0; n < 60_000; n += 1) all.push({ secret: n + "s" }); 1'],
  ['filled its heap and freed it', '{ const all = []; for (let n = 0; n < 60_000; n += 1) all.push({ secret: n + "s" }) } 1'],
  ['went deep into its stack', 'var depth = 0; var f = () => { depth += 1; f() }; try { f() } catch {} depth'],
  ['held one large block at the end', 'var big = new Uint8Array(8_000_000); big[7_999_999] = 1; var after = "x".repeat(100_000); 1'],
])('an instance whose session %s is the same as a fresh one when it is used again', async (_, code) => {
  const instance = await restored()
  expect(resumeRealm(instance, image, meter).evaluate(code)).toEqual({ text: '' })
  expect(hasGrown(instance)).toBe(false)
  restoreImage(instance, image.memory, breakAddress)
  const fresh = await restored()
  expect(Buffer.compare(Buffer.from(instance.memory.buffer), Buffer.from(fresh.memory.buffer))).toBe(0)
})

test('an instance that grew or was cut off is not given back, one that only failed is', async () => {
  const grown = resumeRealm(await restored(), image, meter)
  grown.evaluate('var all = new Uint8Array(20_000_000)')
  expect(grown.release()).toBeUndefined()
  let ticks = 0
  const stopped = resumeRealm(await restored(), image, {
    reset: () => undefined,
    tick: () => ((ticks += 1) > 3 ? { type: 'ticks' } : undefined),
  })
  expect(stopped.evaluate('for (;;);').fault).toEqual({ type: 'ticks' })
  expect(stopped.release()).toBeUndefined()
  const failed = resumeRealm(await restored(), image, meter)
  expect(failed.evaluate('throw new Error("x")').fault).toMatchObject({ type: 'threw', message: 'Error: x' })
  expect(failed.release()).toBeDefined()
})
