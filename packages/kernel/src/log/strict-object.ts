import { z } from 'zod/mini'
import type { ZodMiniObject } from 'zod/mini'
import { $constructor, $ZodObjectJIT } from 'zod/v4/core'
import type { $strict } from 'zod/v4/core'

/** The parts of zod that `z.strictObject` of `zod/mini` is made of, but for the check: this one is compiled at first use. */
const CompiledObject = $constructor<ZodMiniObject>('IceStrictObject', (schema, definition) => {
  $ZodObjectJIT.init(schema, definition)
  z.ZodMiniType.init(schema, definition)
})

/**
 * An object with these members and no others. Every entry is checked by a few of these before it is sealed, so the check is
 * compiled where the platform allows that (half the time of the interpreted one) and interpreted where it does not.
 */
export function strictObject<Shape extends Readonly<Record<string, z.core.$ZodType>>>(shape: Shape): ZodMiniObject<Shape, $strict> {
  return new CompiledObject({ type: 'object', shape, catchall: z.never() }) as unknown as ZodMiniObject<Shape, $strict>
}
