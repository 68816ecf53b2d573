import type { IceEntry } from '@ice-runtime/kernel'
import { visible } from '../terminal/text.ts'

/** What an action is called in a story: its name and what it is about. */
export interface ActionTitle {
  readonly name: string
  readonly target: string
}

const maxNameChars = 48
const maxTargetChars = 72

/** The resources that were decided about, or as much of the arguments as there is when it did not come that far. */
export function titleOf(proposed: Extract<IceEntry, { type: 'ActionProposed' }>, resources: readonly string[] | undefined): ActionTitle {
  const { action, args } = proposed.payload
  return {
    name: visible(action, maxNameChars),
    target: visible(resources === undefined ? argsText(args) : resources.map(nameOf).join(' → '), maxTargetChars),
  }
}

/** `src/a.ts` of `file:src/a.ts`: the kind says what the action's name says already. */
function nameOf(resource: string): string {
  const colon = resource.indexOf(':')
  return colon === -1 ? resource : resource.slice(colon + 1)
}

/** What every action of a host is about: a tool, by the host's own name, and what it is handed. */
function isToolUse(value: unknown): value is { readonly tool: string; readonly input: unknown } {
  return typeof value === 'object' && value !== null && 'tool' in value && typeof value.tool === 'string' && 'input' in value
}

function argsText(args: Extract<IceEntry, { type: 'ActionProposed' }>['payload']['args']): string {
  if (args === undefined) return ''
  if (!('value' in args)) return `${args.sizeBytes} bytes of arguments`
  const { value } = args
  if (isToolUse(value)) return `${value.tool} ${JSON.stringify(value.input)}`
  if (value !== null && typeof value === 'object' && 'path' in value && typeof value['path'] === 'string') return value['path']
  return value === null ? '' : JSON.stringify(value)
}
