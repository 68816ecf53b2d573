import { IceError } from '@ice-runtime/kernel'

/** The part of `fetch` that is used: a caller may hand in the platform's or a guarded one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Real time, handed in. */
export interface Timers {
  setTimeout(action: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
}

/** Ends what it watches when nothing has been heard for a while, or when the caller gives up. */
export interface StallWatch extends Disposable {
  readonly signal: AbortSignal
  /** Something was heard. */
  touch(): void
  readonly hasStalled: () => boolean
}

export function watchStall(options: { readonly timers: Timers; readonly stallMs: number; readonly signal: AbortSignal }): StallWatch {
  const { timers, stallMs, signal } = options
  const silence = new AbortController()
  const start = (): unknown => timers.setTimeout(() => silence.abort(), stallMs)
  let timer = start()
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    touch: () => {
      timers.clearTimeout(timer)
      timer = start()
    },
    hasStalled: () => silence.signal.aborted,
    [Symbol.dispose]: () => timers.clearTimeout(timer),
  }
}

/** Waits, or rejects with `effect.timeout` as soon as the caller gives up. */
export function pause(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const giveUp = (): void => reject(new IceError('effect.timeout', 'stopped while waiting to try again'))
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  const timer = timers.setTimeout(() => resolve(undefined), delayMs)
  return promise.finally(() => {
    timers.clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  })
}

/** How a body ended: whole, cut off by the network, silent for too long, or longer than anyone will read. */
export type BodyEnd = 'whole' | 'lost' | 'stalled' | 'too_large'

/**
 * Reads a body to its end or until `onBytes` says that it has enough. What did arrive is kept whatever happens. Rejects with
 * `effect.timeout` only when the caller gave up.
 */
export async function readBody(
  response: Response,
  watch: StallWatch,
  options: { readonly maxBytes: number; readonly signal: AbortSignal; readonly onBytes?: (bytes: Uint8Array) => 'enough' | 'more' },
): Promise<{ readonly bytes: Uint8Array; readonly end: BodyEnd }> {
  const reader = response.body?.getReader()
  if (reader === undefined) return { bytes: new Uint8Array(), end: 'whole' }
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  const ended = async (): Promise<BodyEnd> => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 'whole'
      watch.touch()
      const part = value.subarray(0, options.maxBytes - sizeBytes)
      parts.push(part)
      sizeBytes += part.length
      if (options.onBytes?.(part) === 'enough') return 'whole'
      if (part.length < value.length) return 'too_large'
    }
  }
  try {
    return { end: await ended(), bytes: Buffer.concat(parts) }
  } catch (error) {
    if (options.signal.aborted) throw new IceError('effect.timeout', 'stopped while the reply was arriving')
    if (error instanceof IceError) throw error
    return { end: watch.hasStalled() ? 'stalled' : 'lost', bytes: Buffer.concat(parts) }
  } finally {
    // The rest is of no use to anyone; an error of cancelling says nothing that the reading did not.
    reader.cancel().catch(() => undefined)
  }
}

/**
 * How long a service asks to be left alone, from `Retry-After`. A date is compared with the response's own, because this side has
 * no clock. Undefined when it does not say.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const asked = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(asked)) return Number(asked) * 1000
  const delayMs = Date.parse(asked) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(delayMs) ? Math.max(0, delayMs) : undefined
}
