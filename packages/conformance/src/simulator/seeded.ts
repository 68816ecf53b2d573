/** Chance that is the same for the same seed. */
export interface Seeded {
  /** A whole number from 0 to `below` - 1. */
  pick(below: number): number
  chance(percent: number): boolean
  /** A source of its own, so that what one part draws does not move what another draws. */
  fork(name: string): Seeded
}

/** Mulberry32: 32 bits of state are plenty for choosing among a few things. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    pick: (below) => Math.floor(next() * below),
    chance: (percent) => next() * 100 < percent,
    fork: (name) => seeded(mixed(name, seed)),
  }
}

function mixed(name: string, seed: number): number {
  let sum = seed
  for (let index = 0; index < name.length; index += 1) sum = Math.imul(sum, 31) + name.charCodeAt(index)
  return sum
}
