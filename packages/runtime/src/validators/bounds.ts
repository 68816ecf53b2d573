import type { FileState } from '@ice-runtime/kernel'
import type { Validator } from '../options.ts'

export interface Bounds {
  readonly changes: number
  readonly totalBytes: number
}

/** What one run may change unless its operator says otherwise: more is rarely meant, and nobody reviews it. */
export const defaultBounds: Bounds = { changes: 1000, totalBytes: 100 * 1024 * 1024 }

/** Judges how much is staged. */
export function boundsValidator(bounds: Bounds = defaultBounds): Validator {
  return {
    name: 'bounds',
    check: ({ staged }) => {
      if (staged.size > bounds.changes) return { passed: false, detail: `${staged.size} changes, at most ${bounds.changes}` }
      const total = staged.entries().reduce((sum, [, change]) => sum + sizeOf(change.to), 0)
      if (total > bounds.totalBytes) return { passed: false, detail: `${total} bytes, at most ${bounds.totalBytes}` }
      return { passed: true }
    },
  }
}

function sizeOf(state: FileState): number {
  return state.kind === 'file' ? state.sizeBytes : 0
}
