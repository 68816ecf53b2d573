import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { Driver } from '@ice-runtime/kernel'
import { defineEffect } from './define-effect.ts'

/** Enough for any key or seed; more would be a way to fill the log. */
export const maxRandomBytes = 1024

/** `random.bytes`: randomness that is recorded like any other answer. `randomBytes` must return exactly as many as asked for. */
export function randomDriver(options: { readonly randomBytes: (count: number) => Uint8Array }): Driver {
  return defineEffect({
    action: 'random.bytes',
    version: 1,
    description: `Random bytes, 1 to ${maxRandomBytes}, as base64url.`,
    args: z.strictObject({ count: z.int().min(1).max(maxRandomBytes) }),
    result: z.strictObject({ base64url: z.string(), count: z.int() }),
    class: 'observe',
    egress: [],
    costBound: {},
    resources: ['random:bytes'],
    describe: ({ count }) => `Draw ${count} random bytes.`,
    perform: ({ count }) => {
      const bytes = options.randomBytes(count)
      if (bytes.length !== count) throw new IceError('effect.failed', `the source of randomness gave ${bytes.length} of ${count} bytes`)
      return { result: { base64url: Buffer.from(bytes).toString('base64url'), count } }
    },
  })
}
