import { z } from 'zod'
import type { Driver } from '@ice-runtime/kernel'
import { defineEffect } from './define-effect.ts'

/** `time.now`: the recorded time of the proposal, so that a replay reads the same clock. */
export function timeDriver(): Driver {
  return defineEffect({
    action: 'time.now',
    version: 1,
    description: 'The current time, in milliseconds since 1970-01-01 UTC.',
    args: z.strictObject({}),
    result: z.strictObject({ at: z.int() }),
    class: 'observe',
    egress: [],
    costBound: {},
    resources: ['time:now'],
    describe: () => 'Read the time.',
    perform: (_args, { at }) => ({ result: { at } }),
  })
}
