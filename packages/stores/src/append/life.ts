import { IceError } from '@ice-runtime/kernel'

/** Whether a store still answers. It only ever leaves `open`, and never comes back. */
export interface Life {
  readonly phase: 'open' | 'poisoned' | 'closed'
  /** Throws `store.closed` unless the store is open. */
  assertOpen(): void
  /** After a failed write nobody knows what the storage holds, so nothing may be concluded from it any more. */
  poison(cause: unknown): void
  close(): void
}

export function startLife(): Life {
  let phase: Life['phase'] = 'open'
  let poison: unknown
  return {
    get phase() {
      return phase
    },
    assertOpen() {
      if (phase === 'open') return
      const hint = phase === 'poisoned' ? 'an earlier write broke; close the store, open it again and read what is there' : undefined
      throw new IceError('store.closed', `the store is ${phase}`, { cause: poison, ...(hint === undefined ? {} : { hint }) })
    },
    poison(cause) {
      if (phase !== 'open') return
      phase = 'poisoned'
      poison = cause
    },
    close() {
      phase = 'closed'
    },
  }
}
