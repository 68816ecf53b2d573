/**
 * What a grant names: `kind:name` exactly, `kind:name/**` for the name and all below it, `kind:**` for all of a kind. Segments
 * are compared whole, so a sibling with the same prefix never matches, and spelling is compared as it is.
 */
export function resourceMatches(pattern: string, resource: string): boolean {
  if (pattern === resource) return true
  if (!pattern.endsWith('**') || climbs(resource)) return false
  const stem = pattern.slice(0, -2)
  if (stem.endsWith(':')) return resource.startsWith(stem) && resource.length > stem.length
  if (!stem.endsWith('/')) return false
  return resource.startsWith(stem) || (resource === stem.slice(0, -1) && !resource.endsWith(':'))
}

/** A `..` segment names something else than its prefix says. Drivers normalize; a tree still never covers what one forgot. */
export function climbs(resource: string): boolean {
  return resource.includes('..') && climbing.test(resource)
}

const climbing = /[:/]\.\.(?:\/|$)/

/**
 * `files.read` exactly, `files.*` for all verbs of an area. There is no pattern for all actions. A pattern matches another one when it
 * matches everything that one does: a `*` stands only at the end, so what comes before it is a beginning of all of them.
 */
export function actionMatches(pattern: string, action: string): boolean {
  if (pattern === action) return true
  return pattern.endsWith('.*') && action.startsWith(pattern.slice(0, -1)) && action.length > pattern.length - 1
}

/** A destination exactly, or `scheme:**` for all of one scheme: `https:**`, `mcp:**`. There is no pattern for all destinations. */
export function destinationMatches(pattern: string, destination: string): boolean {
  if (pattern === destination) return true
  return pattern.endsWith(':**') && destination.startsWith(pattern.slice(0, -2)) && destination.length > pattern.length - 2
}

/** True when everything `inner` matches is matched by `outer`. */
export function patternWithin(inner: string, outer: string): boolean {
  if (inner === outer) return true
  if (!inner.endsWith('**')) return resourceMatches(outer, inner)
  if (!outer.endsWith('**')) return false
  const outerStem = outer.slice(0, -2)
  return (outerStem.endsWith(':') || outerStem.endsWith('/')) && inner.startsWith(outerStem)
}

const patternForm = /^[a-z][a-z0-9-]{0,31}:[^\u0000]{1,4096}$/
const actionForm = /^[a-z][a-z0-9_-]{0,63}(\.[a-z][a-z0-9_-]{0,63}){0,4}\.([a-z][a-z0-9_-]{0,63}|\*)$/

/** A `*` is only ever the whole last segment, twice for resources; anything else would read as a promise it does not keep. */
export function isResourcePattern(text: string): boolean {
  if (!patternForm.test(text) || !text.isWellFormed()) return false
  const stem = text.endsWith('**') ? text.slice(0, -2) : text
  return !stem.endsWith('*') && (stem === text || stem.endsWith(':') || stem.endsWith('/'))
}

export function isActionPattern(text: string): boolean {
  return actionForm.test(text)
}
