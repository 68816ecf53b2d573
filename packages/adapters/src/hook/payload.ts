import { z } from 'zod'
import { IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'

export const name: z.ZodString = z.string().min(1).max(256)
export const directory: z.ZodType<string> = z
  .string()
  .max(4095)
  .refine((path) => path.startsWith('/') && !path.includes('\0'), 'is no absolute path')
export const object: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is no object',
)
export const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined, 'is missing')
/** Hosts send milliseconds, some with a fraction. */
export const duration: z.ZodOptional<z.ZodNumber> = z.number().min(0).optional()

/** Reads the one JSON object a hook is handed, with one meaning for every reader. Throws `hook.malformed`. */
export function readPayload(text: string): JsonObject {
  let value: Json
  try {
    value = parseStrictJson(text)
  } catch (error) {
    throw new IceError('hook.malformed', `the hook was handed what cannot be read: ${messageOf(error)}`, { cause: error })
  }
  const parsed = object.safeParse(value)
  if (!parsed.success) throw new IceError('hook.malformed', 'the hook was handed no object')
  return parsed.data
}

/** Checks the members that are relied on; those nobody knows are left alone. Throws `hook.malformed`. */
export function readMembers<Members>(schema: z.ZodType<Members>, payload: JsonObject): Members {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) throw new IceError('hook.malformed', `the hook was handed ${z.prettifyError(parsed.error).slice(0, maxDetailChars)}`)
  return parsed.data
}

const maxDetailChars = 1000

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
