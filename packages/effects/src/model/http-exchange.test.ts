import { expect, test } from 'vitest'
import { pause, readBody, watchStall } from './http-exchange.ts'
import type { Timers } from './http-exchange.ts'

/** Timers that go off only when the test says so. */
function heldTimers(): Timers & { readonly pending: Set<() => void> } {
  const pending = new Set<() => void>()
  return {
    pending,
    setTimeout: (action) => {
      const timer = (): void => action()
      pending.add(timer)
      return timer
    },
    clearTimeout: (timer) => [...pending].filter((each) => each === timer).forEach((each) => pending.delete(each)),
  }
}

test('each sign of life starts the silence anew, and the end leaves no timer', () => {
  const timers = heldTimers()
  const [first, second] = [new Set(timers.pending), new Set<() => void>()]
  {
    using watch = watchStall({ timers, stallMs: 10, signal: new AbortController().signal })
    for (const timer of timers.pending) first.add(timer)
    watch.touch()
    for (const timer of timers.pending) second.add(timer)
    expect([first.size, second.size, first.isDisjointFrom(second)]).toEqual([1, 1, true])
    expect(watch.hasStalled()).toBe(false)
    second.forEach((timer) => timer())
    expect([watch.hasStalled(), watch.signal.aborted]).toEqual([true, true])
  }
  expect(timers.pending.size).toBe(0)
})

test('a pause ends with its caller, and leaves no timer', async () => {
  const timers = heldTimers()
  const stop = new AbortController()
  const paused = pause(timers, 10, stop.signal)
  stop.abort()
  await expect(paused).rejects.toMatchObject({ code: 'effect.timeout' })
  await expect(pause(timers, 10, AbortSignal.abort())).rejects.toMatchObject({ code: 'effect.timeout' })
  expect(timers.pending.size).toBe(0)
})

test('each piece of a body is a sign of life', async () => {
  let signs = 0
  const signal = new AbortController().signal
  const watch = { signal, touch: () => void (signs += 1), hasStalled: () => false, [Symbol.dispose]: () => undefined }
  const pieces = ReadableStream.from([Uint8Array.of(1), Uint8Array.of(2, 3)])
  expect(await readBody(new Response(pieces), watch, { maxBytes: 10, signal })).toEqual({ bytes: Buffer.from([1, 2, 3]), end: 'whole' })
  expect(signs).toBe(2)
})
