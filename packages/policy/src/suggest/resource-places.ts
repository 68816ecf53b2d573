/** From so many resources in one place on, the place is named instead of each: a list of names is no rule that anyone reads. */
export const manySiblings = 5

/** One place or resource that a rule names, and how. */
export interface Place {
  readonly resource: string
  /** Everything below it is meant too. */
  readonly isWhole: boolean
}

/** The fewest names that cover all of these resources: places where many of them are, the others one by one. In order. */
export function placesFor(resources: readonly string[]): readonly Place[] {
  const distinct = [...new Set(resources)].sort()
  const byPlace = Map.groupBy(distinct, placeOf)
  const whole = [...byPlace].filter(([place, inside]) => place !== undefined && inside.length >= manySiblings).map(([place]) => place ?? '')
  const outer = whole.filter((place) => !whole.some((other) => place.startsWith(`${other}/`)))
  const single = distinct.filter((resource) => !outer.some((place) => resource === place || resource.startsWith(`${place}/`)))
  const places = [...outer.map((resource) => ({ resource, isWhole: true })), ...single.map((resource) => ({ resource, isWhole: false }))]
  return places.sort((left, right) => (left.resource < right.resource ? -1 : 1))
}

/** `file:src` for `file:src/a.ts`; undefined for what is in nothing. */
function placeOf(resource: string): string | undefined {
  const slash = resource.lastIndexOf('/')
  return slash > resource.indexOf(':') + 1 ? resource.slice(0, slash) : undefined
}
