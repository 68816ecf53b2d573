import { isAmount } from './cost.ts'

/**
 * How often a grant may be used: a burst of at most `uses`, and from then on one more each time `perMs / uses` have passed. A
 * stretch of `perMs` therefore sees fewer than twice as many.
 */
export interface Rate {
  readonly uses: number
  readonly perMs: number
}

/** Finer than a use a microsecond nobody can tell apart: times are whole milliseconds. */
export const maxRateUses = 1_000_000
/** A leap year: what is rarer is a number of uses. It keeps every sum of microseconds below 2^53 for the next two centuries. */
export const maxRateMs: number = 366 * 24 * 60 * 60 * 1000
const microsPerMs = 1000

export function isRate({ uses, perMs }: Rate): boolean {
  return isAmount(uses) && uses >= 1 && uses <= maxRateUses && isAmount(perMs) && perMs >= 1 && perMs <= maxRateMs
}

/**
 * Whether one more use fits now. `dueMicros` is all that is known of the uses before: when the next one would come if they had been
 * spread evenly (the generic cell rate algorithm, in whole microseconds, so that every machine agrees).
 */
export function isDue(rate: Rate, dueMicros: number, at: number): boolean {
  return dueMicros - at * microsPerMs <= (rate.uses - 1) * intervalMicros(rate)
}

/** `dueMicros` after a use. */
export function dueAfter(rate: Rate, dueMicros: number, at: number): number {
  return Math.max(dueMicros, at * microsPerMs) + intervalMicros(rate)
}

/** True when `child` never allows a use that `parent` would not: neither a larger burst nor a faster pace after it. */
export function isRateWithin(child: Rate, parent: Rate): boolean {
  return child.uses <= parent.uses && intervalMicros(child) >= intervalMicros(parent)
}

/** Rounded up: a rate is never faster than it says. */
function intervalMicros({ uses, perMs }: Rate): number {
  return Math.ceil((perMs * microsPerMs) / uses)
}
