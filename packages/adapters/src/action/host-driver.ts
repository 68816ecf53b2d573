import { hash } from 'node:crypto'
import { z } from 'zod'
import { canonicalize, IceError } from '@ice-runtime/kernel'
import type { Driver, FactDeclarations, Json, JsonObject, JsonSchema, PreparedAction, PrepareRefusal } from '@ice-runtime/kernel'
import { judge } from './judge.ts'
import type { HostActionName, HostArgs, ToolTable } from './tool-meaning.ts'

/** Largest call of a tool that is judged: a whole file written at once fits, and one call cannot fill memory. */
export const maxCallChars: number = 4 * 1024 * 1024
/** Never reached: a host performs its actions itself. A driver has to name one. */
const deadlineMs = 1
const maxDetailChars = 1000
/** An input is shown this far, and then by the digest of the whole, so that two different ones never read the same. */
const maxShownChars = 2000

export interface HostDriverOptions {
  readonly tools: ToolTable
  /** The project, absolute: what is beneath it is named relative to it, everything else is outside. */
  readonly root: string
}

export interface HostAction {
  readonly action: HostActionName
  readonly description: string
  readonly facts: FactDeclarations
}

const absolutePath = z
  .string()
  .max(4095)
  .refine((path) => path.startsWith('/') && !path.includes('\0'), 'is no absolute path')
const inputObject: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)
const hostArgs: z.ZodType<HostArgs> = z.strictObject({ tool: z.string().min(1).max(256), cwd: absolutePath, input: inputObject })

const argsSchema: JsonSchema = {
  type: 'object',
  properties: {
    tool: { type: 'string', description: 'as the host calls it' },
    cwd: { type: 'string', description: 'absolute' },
    input: { type: 'object', description: 'as the host hands it to its tool' },
  },
  required: ['tool', 'cwd', 'input'],
  additionalProperties: false,
}

/**
 * A driver that judges what a host is about to do. Its `prepare` reads the call and nothing else: no file, no link, no name is looked
 * up. It performs nothing, since the host does that itself, and says so by throwing `effect.failed` if it is asked to.
 */
export function hostDriver({ action, description, facts }: HostAction, options: HostDriverOptions): Driver {
  return {
    action,
    version: 1,
    description,
    argsSchema,
    facts,
    performer: 'host',
    deadlineMs,
    prepare: (args) => prepareCall(action, args, options),
    perform: () => {
      throw new IceError('effect.failed', `${action} is performed by the host, which acts after asking`)
    },
    describe,
  }
}

function prepareCall(action: HostActionName, args: Json, options: HostDriverOptions): PreparedAction | PrepareRefusal {
  const parsed = readArgs(args)
  if ('refused' in parsed) return parsed
  const { tool, input } = parsed.call
  const row = options.tools(tool)
  if (row.action !== action) return invalid(`the tool ${JSON.stringify(tool)} is ${row.action}, not ${action}`)
  const meaning = row.read(input, tool)
  if (meaning === undefined) return invalid(`the input of ${JSON.stringify(tool)} lacks what the tool needs`)
  return judge(meaning, parsed.call, options.root)
}

function readArgs(args: Json): { readonly call: HostArgs } | PrepareRefusal {
  try {
    // Before the schema sees it: the canonical form refuses nesting and text that no record can hold.
    const { length } = canonicalize(args)
    if (length > maxCallChars) return invalid(`a call of ${length} characters is too large`)
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error))
  }
  const parsed = hostArgs.safeParse(args)
  return parsed.success ? { call: parsed.data } : invalid(z.prettifyError(parsed.error))
}

function describe(prepared: PreparedAction): string {
  const read = readArgs(prepared.args)
  if ('refused' in read) throw new IceError('args.invalid', read.detail)
  const { tool, cwd, input } = read.call
  return `${headline(prepared)}\n${tool} in ${cwd}\n${shown(canonicalize(input))}`
}

function shown(text: string): string {
  if (text.length <= maxShownChars) return text
  return `${text.slice(0, maxShownChars).toWellFormed()}… sha256:${hash('sha256', text)} (${text.length} characters)`
}

function headline({ action, resources, facts }: PreparedAction): string {
  const names = resources.join(', ')
  switch (action) {
    case 'files.read':
    case 'files.list':
    case 'files.search':
    case 'files.write':
      return `${action.slice('files.'.length)} ${names}`
    case 'process.run':
      return `run ${names}${facts['network'] === true ? ', which names a network tool' : ''}`
    case 'http.request':
      return `ask ${names}`
    case 'agent.spawn':
      return `start ${names}`
    default:
      return `call ${names}`
  }
}

function invalid(detail: string): PrepareRefusal {
  return { refused: 'args.invalid', detail: detail.slice(0, maxDetailChars).toWellFormed() }
}
