import type { GrantTerms, Json } from '@ice-runtime/kernel'
import type { Seeded } from './seeded.ts'

/** One proposal of a simulated agent. */
export interface Wish {
  readonly action: string
  readonly args: Json
  readonly at?: 'now'
}

/** What one simulated agent does: batches of proposals made together, then its end. */
export interface Script {
  readonly name: string
  readonly batches: readonly (readonly Wish[])[]
  readonly fails: boolean
  /** What the agents do that it starts, each once. */
  readonly children: readonly Script[]
}

/** A script and all below it. */
export function withChildren(script: Script): readonly Script[] {
  return [script, ...script.children.flatMap(withChildren)]
}

const maxBatches = 5
const maxBatch = 3
/** A file that every run may read and write, and others edit. */
export const sharedPath = 'shared'

/** Levels of children below a root, and children of one script. */
const maxDepth = 2
const maxChildren = 2

export function writeScript(name: string, chance: Seeded, depth = 0): Script {
  const children: Script[] = []
  const wish = (): Wish => {
    const kind = chance.pick(11)
    const text = `by ${name}: ${chance.pick(1000)}`
    const at = chance.chance(40) ? ({ at: 'now' } as const) : {}
    if (kind < 3) return { action: 'sim.write', args: { path: `${name}-${chance.pick(3)}`, text } }
    if (kind === 3) return { action: 'sim.write', args: { path: sharedPath, text } }
    if (kind === 8) return { action: 'sim.publish', args: { path: `${name}-${chance.pick(3)}`, text } }
    if (kind === 9) return { action: 'sim.pay', args: { name, nth: chance.pick(1000) }, ...at }
    if (kind === 10 && depth < maxDepth && children.length < maxChildren)
      return spawning(depth, startedBy(children, { name, depth, chance }))
    if (kind === 10) return { action: 'agent.spawn', args: { agent: 'nobody' } }
    if (kind === 4) return { action: 'sim.read', args: { path: sharedPath } }
    return { action: ['sim.post', 'sim.transfer', 'sim.wire'][kind - 5] ?? 'sim.unknown', args: { name, nth: chance.pick(1000) }, ...at }
  }
  const batch = (): readonly Wish[] => Array.from({ length: 1 + chance.pick(maxBatch) }, wish)
  return { name, batches: Array.from({ length: 1 + chance.pick(maxBatches) }, batch), fails: chance.chance(10), children }
}

/** One more child, with a name and chances of its own. */
function startedBy(children: Script[], by: { readonly name: string; readonly depth: number; readonly chance: Seeded }): Script {
  const name = `${by.name}c${children.length}`
  const child = writeScript(name, by.chance.fork(name), by.depth + 1)
  children.push(child)
  return child
}

/** Asks for about a quarter of what its starter may use itself. */
function spawning(depth: number, { name }: Script): Wish {
  const uses = Math.floor(simulatedUses / 4 ** (depth + 1))
  const grant = { ...simulatedTerms, uses, delegable: maxDepth - depth - 1 }
  return { action: 'agent.spawn', args: { agent: name, grants: [grant], ceilings: { steps: depth === 0 ? 40 : 15 } } }
}

/** What a root may do: enough for most, too little for some. */
export const simulatedUses = 64
export const simulatedTerms = {
  actions: ['agent.spawn', 'sim.*'],
  resources: ['agent:**', 'sim:**'],
  class: 'irreversible',
  egress: ['sim:outside'],
} as const
export const simulatedGrant: GrantTerms = { ...simulatedTerms, uses: simulatedUses, delegable: maxDepth }
