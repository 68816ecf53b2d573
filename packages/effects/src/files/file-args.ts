import { z } from 'zod'
import { pathProblem } from '@ice-runtime/isolation'
import { isKeptName } from './kept-names.ts'

/** Most bytes of content in one `files.write`. Arguments are recorded whole, so this also bounds what one proposal costs. */
export const maxWriteBytes: number = 4 * 1024 * 1024

/** Text a record can hold. */
export const wellFormed: z.ZodString = z.string().refine((text) => text.isWellFormed(), 'holds a lone surrogate')

/** A path beneath the workspace, as spelled. */
export const pathArgument: z.ZodType<string> = wellFormed
  .refine((path) => pathProblem(path) === undefined, { error: (issue) => pathProblem(String(issue.input)) ?? 'is no path' })
  .refine((path) => !path.split('/').some(isKeptName), 'is a name that commits use')
  .describe('relative to the workspace, /-separated')

/** A path, or `.` for the workspace itself. */
export const placeArgument: z.ZodType<string> = z.union([z.literal('.'), pathArgument])

/** Content of a file; a `base64` one must be in canonical form so that one content has one spelling. */
export const contentArgument: z.ZodType<string> = wellFormed

/** The bytes a content argument stands for, undefined when it is no base64. */
export function contentBytes(content: string, encoding: 'utf8' | 'base64' | undefined): Uint8Array | undefined {
  const bytes = Buffer.from(content, encoding ?? 'utf8')
  return encoding === 'base64' && bytes.toString('base64') !== content ? undefined : bytes
}
