import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { platformTimers } from './platform-timers.ts'

const dayMs = 24 * 60 * 60 * 1000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([1, 24, 25, 60, 400])('what is to happen after %i days happens then, and neither at once nor earlier', (days) => {
  let happened = 0
  platformTimers.after(days * dayMs, () => {
    happened += 1
  })
  vi.advanceTimersByTime(days * dayMs - 1)
  expect(happened).toBe(0)
  vi.advanceTimersByTime(1)
  expect(happened).toBe(1)
  vi.advanceTimersByTime(500 * dayMs)
  expect(happened).toBe(1)
})

test('what is called off does not happen, also after the first of several waits', () => {
  let happened = 0
  const timer = platformTimers.after(60 * dayMs, () => {
    happened += 1
  })
  vi.advanceTimersByTime(30 * dayMs)
  timer[Symbol.dispose]()
  vi.advanceTimersByTime(100 * dayMs)
  expect(happened).toBe(0)
})
