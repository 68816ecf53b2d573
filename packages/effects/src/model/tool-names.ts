import type { ModelRequest } from './model-provider.ts'

/** Names as a service accepts them, and back. */
export interface ToolNames {
  toWire(name: string): string
  /** A name that was never offered comes back as it is, for the caller to refuse. */
  fromWire(name: string): string
}

/** What Chat Completions services accept as the name of a function. */
const wirePattern = /^[A-Za-z0-9_-]{1,64}$/
const maxWireLength = 64

/** Our names have a dot, theirs must not: `files.read` travels as `files__read`. Distinct names stay distinct. */
export function toolNamesOf(request: ModelRequest): ToolNames {
  const wireOf = new Map<string, string>()
  const nameOf = new Map<string, string>()
  const names = [
    ...request.tools.map((tool) => tool.name),
    ...request.messages.flatMap((message) => message.toolCalls ?? []).map((call) => call.name),
  ]
  // Names that can travel as they are keep themselves, so another one cannot take their place.
  for (const name of [...names.filter((each) => wirePattern.test(each)), ...names]) {
    if (wireOf.has(name)) continue
    const wire = freeName(wirePattern.test(name) ? name : name.replaceAll('.', '__').replace(/[^A-Za-z0-9_-]/g, '_'), nameOf)
    wireOf.set(name, wire)
    nameOf.set(wire, name)
  }
  return { toWire: (name) => wireOf.get(name) ?? name, fromWire: (name) => nameOf.get(name) ?? name }
}

function freeName(wanted: string, taken: ReadonlyMap<string, string>): string {
  let candidate = wanted.slice(0, maxWireLength)
  for (let count = 2; taken.has(candidate) || candidate === ''; count += 1) {
    candidate = `${wanted.slice(0, maxWireLength - 6)}_${count}`
  }
  return candidate
}
