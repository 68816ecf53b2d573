import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { JsonSchema } from '@ice-runtime/kernel'

/**
 * The JSON Schema of an action's arguments, for models and documents. An object schema must say what happens to keys it does not
 * name: one that drops them in silence would perform something else than what was proposed.
 * Throws `effect.definition_invalid`.
 */
export function argsJsonSchema(action: string, schema: z.ZodType): JsonSchema {
  let rendered: unknown
  try {
    rendered = z.toJSONSchema(schema, { io: 'input', override: ({ zodSchema, path }) => refuseDropping(action, zodSchema, path) })
  } catch (error) {
    if (error instanceof IceError) throw error
    throw new IceError('effect.definition_invalid', `the arguments of ${action} have no JSON Schema`, { cause: error })
  }
  const parsed: JsonSchema = JSON.parse(JSON.stringify(rendered))
  if (parsed['type'] !== 'object' || parsed['additionalProperties'] !== false) {
    throw new IceError('effect.definition_invalid', `the arguments of ${action} are not a strict object`, { hint: strictHint })
  }
  return parsed
}

const strictHint = 'use z.strictObject({ … }), or z.record(…) for keys that are data'

function refuseDropping(action: string, schema: z.core.$ZodTypes, path: readonly (string | number)[]): void {
  if (schema._zod.def.type !== 'object' || schema._zod.def.catchall !== undefined) return
  const place = path.filter((segment) => segment !== 'properties').join('.')
  throw new IceError('effect.definition_invalid', `arguments of ${action}${place === '' ? '' : ` at ${place}`} drop unknown keys`, {
    hint: strictHint,
  })
}
