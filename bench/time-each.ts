/** What the loop answered last, so that nothing it does can be left out as unused. */
let answer: unknown

/** Nanoseconds of one call, over many. */
export function timeEach(subject: () => unknown, count: number): number {
  const started = performance.now()
  for (let index = 0; index < count; index += 1) answer = subject()
  const elapsedMs = performance.now() - started
  if (answer === undefined) throw new Error('there was no answer')
  return (1e6 * elapsedMs) / count
}
