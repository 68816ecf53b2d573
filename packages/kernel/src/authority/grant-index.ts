import type { Seq } from '../log/ids.ts'
import type { Grant } from './grant.ts'
import { climbs } from './resource-pattern.ts'

/** Where in a list of grants those stand that could cover an action on a resource. */
export interface GrantIndex {
  /** Positions of every grant that names the action and the resource, ascending; what is not exact holds a few others. */
  candidates(action: string, resource: string): readonly number[]
  readonly isExact: boolean
  positionOf(id: Seq): number | undefined
}

/** Pairs of action and resource of one grant that are compiled: a grant of more is looked at each time instead. */
const maxPairs = 1024

/** Resource patterns of the grants that name one action, or one area. */
interface Branch {
  /** What a pattern names exactly: itself, and the name above a tree. */
  readonly names: Map<string, number[]>
  /** By what a tree begins with: `file:src/`, `file:`. */
  readonly trees: Map<string, number[]>
  /** Lengths of the beginnings there are, each once. */
  readonly lengths: number[]
}

/**
 * Compiles grants so that a lookup costs by what is asked and not by how many grants there are: one step for the name, and one for
 * each length a tree above it can have.
 */
export function compileGrants(grants: readonly Grant[]): GrantIndex {
  const actions = new Map<string, Branch>()
  const areas = new Map<string, Branch>()
  const broad: number[] = []
  const positions = new Map(grants.map(({ id }, position) => [id, position]))
  for (const [position, { terms }] of grants.entries()) {
    if (terms.actions.length * terms.resources.length > maxPairs) {
      broad.push(position)
      continue
    }
    for (const action of terms.actions) {
      const isArea = action.endsWith('.*')
      const branch = branchAt(isArea ? areas : actions, isArea ? action.slice(0, -1) : action)
      for (const resource of terms.resources) addPattern(branch, resource, position)
    }
  }
  const compiled = { actions, areas, broad }
  return {
    candidates: (action, resource) => candidatesIn(compiled, action, resource),
    isExact: broad.length === 0,
    positionOf: (id) => positions.get(id),
  }
}

interface Compiled {
  readonly actions: ReadonlyMap<string, Branch>
  /** By what their actions begin with: `files.`. */
  readonly areas: ReadonlyMap<string, Branch>
  readonly broad: readonly number[]
}

function branchAt(branches: Map<string, Branch>, key: string): Branch {
  const known = branches.get(key)
  if (known !== undefined) return known
  const branch: Branch = { names: new Map(), trees: new Map(), lengths: [] }
  branches.set(key, branch)
  return branch
}

function addPattern({ names, trees, lengths }: Branch, pattern: string, position: number): void {
  addTo(names, pattern, position)
  const stem = pattern.slice(0, -2)
  if (!pattern.endsWith('**') || !endsSegment(stem, stem.length)) return
  addTo(trees, stem, position)
  const root = stem.slice(0, -1)
  if (stem.endsWith('/') && !root.endsWith(':') && !climbs(root)) addTo(names, root, position)
  if (!lengths.includes(stem.length)) lengths.push(stem.length)
}

function addTo(lists: Map<string, number[]>, key: string, position: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [position])
  else if (list.at(-1) !== position) list.push(position)
}

const none: readonly number[] = []

function candidatesIn({ actions, areas, broad }: Compiled, action: string, resource: string): readonly number[] {
  const branch = actions.get(action)
  let found = branch === undefined ? broad : matching(branch, resource, broad)
  if (areas.size === 0) return found
  for (let dot = action.indexOf('.'); dot !== -1 && dot + 1 < action.length; dot = action.indexOf('.', dot + 1)) {
    const area = areas.get(action.slice(0, dot + 1))
    if (area !== undefined) found = matching(area, resource, found)
  }
  return found
}

function matching({ names, trees, lengths }: Branch, resource: string, before: readonly number[]): readonly number[] {
  let found = joined(before, names.get(resource))
  if (lengths.length === 0 || climbs(resource)) return found
  for (const length of lengths) {
    if (endsSegment(resource, length) && !isBareKind(resource, length)) found = joined(found, trees.get(resource.slice(0, length)))
  }
  return found
}

/** All of a kind is everything with a name. */
function isBareKind(resource: string, length: number): boolean {
  return length === resource.length && resource.charCodeAt(length - 1) === colon
}

const slash = 0x2f
const colon = 0x3a

/** True when the first `length` characters are whole segments: only those begin a tree. */
function endsSegment(text: string, length: number): boolean {
  const last = text.charCodeAt(length - 1)
  return last === slash || last === colon
}

/** Both lists in order; what is in both may stay there twice. Nearly always one of them is empty, and then nothing is copied. */
function joined(left: readonly number[], right: readonly number[] = none): readonly number[] {
  if (right.length === 0) return left
  if (left.length === 0) return right
  return [...left, ...right].sort((one, other) => one - other)
}
