/**
 * How far an action can be taken back, from harmless to final:
 * `observe` changes nothing; `staged` stays inside the run until its commit; `keyed` changes the outside and repeats safely
 * under the same key; `irreversible` is everything else, and all that is undeclared.
 */
export const effectClasses = ['observe', 'staged', 'keyed', 'irreversible'] as const
export type EffectClass = (typeof effectClasses)[number]

/** False for a class that is none: what nobody knows is within nothing. */
export function isWithinClass(effectClass: EffectClass, ceiling: EffectClass): boolean {
  const rank = effectClasses.indexOf(effectClass)
  return rank !== -1 && rank <= effectClasses.indexOf(ceiling)
}

/** Where content goes when it leaves the machine. A read that asks another machine leaves too. */
export interface Egress {
  /** Sorted, `scheme://host:port` or a name the driver owns such as `ledger:main`. At least one. */
  readonly destinations: readonly string[]
}
