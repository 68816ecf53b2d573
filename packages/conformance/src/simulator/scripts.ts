import type { Json } from '@ice-runtime/kernel'
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
}

const maxBatches = 5
const maxBatch = 3
/** A file that every run may read and write, and others edit. */
export const sharedPath = 'shared'

export function writeScript(name: string, chance: Seeded): Script {
  const wish = (): Wish => {
    const kind = chance.pick(10)
    const text = `by ${name}: ${chance.pick(1000)}`
    const at = chance.chance(40) ? ({ at: 'now' } as const) : {}
    if (kind < 3) return { action: 'sim.write', args: { path: `${name}-${chance.pick(3)}`, text } }
    if (kind === 3) return { action: 'sim.write', args: { path: sharedPath, text } }
    if (kind === 8) return { action: 'sim.publish', args: { path: `${name}-${chance.pick(3)}`, text } }
    if (kind === 9) return { action: 'sim.pay', args: { name, nth: chance.pick(1000) }, ...at }
    if (kind === 4) return { action: 'sim.read', args: { path: sharedPath } }
    return { action: ['sim.post', 'sim.transfer', 'sim.wire'][kind - 5] ?? 'sim.unknown', args: { name, nth: chance.pick(1000) }, ...at }
  }
  const batch = (): readonly Wish[] => Array.from({ length: 1 + chance.pick(maxBatch) }, wish)
  return { name, batches: Array.from({ length: 1 + chance.pick(maxBatches) }, batch), fails: chance.chance(10) }
}
