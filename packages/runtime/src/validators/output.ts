import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'
import type { Validator } from '../options.ts'

/** Judges the output against the JSON Schema the agent declares. Without one any output will do. */
export function outputValidator(): Validator {
  return {
    name: 'output',
    check: ({ output, outputSchema }) => {
      if (outputSchema === undefined) return { passed: true }
      const parsed = schemaOf(outputSchema).safeParse(output)
      return parsed.success ? { passed: true } : { passed: false, detail: z.prettifyError(parsed.error) }
    },
  }
}

function schemaOf(schema: Json): z.ZodType {
  if (schema === null || typeof schema !== 'object') throw new IceError('usage.invalid', 'an output schema is an object of JSON Schema')
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
}
