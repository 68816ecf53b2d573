/**
 * A map from text that is copied in O(log n) on change, so that a state can be kept, compared and folded further without
 * copying what it holds. A hash trie, 16 ways a level. Iteration is in key order, whatever the history.
 */
export interface PersistentMap<Value> {
  readonly size: number
  get(key: string): Value | undefined
  has(key: string): boolean
  with(key: string, value: Value): PersistentMap<Value>
  without(key: string): PersistentMap<Value>
  /** Sorted by key (UTF-16 code units). O(n log n). */
  entries(): readonly (readonly [key: string, value: Value])[]
}

export function emptyMap<Value>(): PersistentMap<Value> {
  return mapOf<Value>(undefined, 0)
}

interface Leaf<Value> {
  readonly key: string
  readonly hash: number
  readonly value: Value
  /** Another leaf with the same 32-bit hash. */
  readonly next: Leaf<Value> | undefined
}
interface Branch<Value> {
  readonly children: readonly (Node<Value> | undefined)[]
}
type Node<Value> = Leaf<Value> | Branch<Value>

/** A key on its way down the trie: its hash, and the bits of it that are used up. */
interface Path {
  readonly key: string
  readonly hash: number
  readonly shift: number
}

const bitsPerLevel = 4
const ways = 1 << bitsPerLevel
const levelMask = ways - 1
const noChildren: readonly undefined[] = Array.from({ length: ways }, () => undefined)

interface Trie<Value> extends PersistentMap<Value> {
  readonly root: Node<Value> | undefined
}

/** The functions are those of all maps: a run changes several a step, and five closures would cost more than the change. */
function mapOf<Value>(root: Node<Value> | undefined, size: number): Trie<Value> {
  return { root, size, get: getOf, has: hasIn, with: changed, without: shrunk, entries: sortedOf }
}

function getOf<Value>(this: Trie<Value>, key: string): Value | undefined {
  return find(this.root, key)?.value
}

function hasIn<Value>(this: Trie<Value>, key: string): boolean {
  return find(this.root, key) !== undefined
}

function changed<Value>(this: Trie<Value>, key: string, value: Value): PersistentMap<Value> {
  const had = find(this.root, key)
  if (had !== undefined && Object.is(had.value, value)) return this
  const leaf = { key, hash: hashText(key), value, next: undefined }
  return mapOf(insert(this.root, leaf, 0), had === undefined ? this.size + 1 : this.size)
}

function shrunk<Value>(this: Trie<Value>, key: string): PersistentMap<Value> {
  if (find(this.root, key) === undefined) return this
  return mapOf(remove(this.root, { key, hash: hashText(key), shift: 0 }), this.size - 1)
}

function sortedOf<Value>(this: Trie<Value>): readonly (readonly [key: string, value: Value])[] {
  const all: [string, Value][] = []
  collect(this.root, all)
  return all.sort(([left], [right]) => (left < right ? -1 : 1))
}

function isLeaf<Value>(node: Node<Value>): node is Leaf<Value> {
  return 'key' in node
}

function find<Value>(root: Node<Value> | undefined, key: string): Leaf<Value> | undefined {
  const hash = hashText(key)
  let node = root
  for (let shift = 0; node !== undefined; shift += bitsPerLevel) {
    if (isLeaf(node)) {
      for (let leaf: Leaf<Value> | undefined = node; leaf !== undefined; leaf = leaf.next) if (leaf.key === key) return leaf
      return undefined
    }
    node = node.children[wayOf(hash, shift)]
  }
  return undefined
}

function insert<Value>(node: Node<Value> | undefined, leaf: Leaf<Value>, shift: number): Node<Value> {
  if (node === undefined) return leaf
  if (isLeaf(node)) {
    if (node.hash === leaf.hash) return { ...leaf, next: withoutKey(node, leaf.key) }
    return insert(withChild({ children: noChildren }, wayOf(node.hash, shift), node), leaf, shift)
  }
  const way = wayOf(leaf.hash, shift)
  return withChild(node, way, insert(node.children[way], leaf, shift + bitsPerLevel))
}

/** A branch left with nothing but a leaf gives way to it, so that a map that shrank is no deeper than one that never grew. */
function remove<Value>(node: Node<Value> | undefined, path: Path): Node<Value> | undefined {
  if (node === undefined) return undefined
  if (isLeaf(node)) return withoutKey(node, path.key)
  const way = wayOf(path.hash, path.shift)
  const child = remove(node.children[way], { ...path, shift: path.shift + bitsPerLevel })
  if (child !== undefined && !isLeaf(child)) return withChild(node, way, child)
  const others = node.children.filter((other, index) => other !== undefined && index !== way)
  if (others.length === 0) return child
  const [only] = others
  return child === undefined && others.length === 1 && only !== undefined && isLeaf(only) ? only : withChild(node, way, child)
}

function withChild<Value>(branch: Branch<Value>, way: number, child: Node<Value> | undefined): Branch<Value> {
  const children = branch.children.slice()
  children[way] = child
  return { children }
}

function wayOf(hash: number, shift: number): number {
  return (hash >>> shift) & levelMask
}

function withoutKey<Value>(leaf: Leaf<Value> | undefined, key: string): Leaf<Value> | undefined {
  if (leaf === undefined) return undefined
  return leaf.key === key ? leaf.next : { ...leaf, next: withoutKey(leaf.next, key) }
}

function collect<Value>(node: Node<Value> | undefined, into: [string, Value][]): void {
  if (node === undefined) return
  if (isLeaf(node)) {
    for (let leaf: Leaf<Value> | undefined = node; leaf !== undefined; leaf = leaf.next) into.push([leaf.key, leaf.value])
    return
  }
  for (const child of node.children) collect(child, into)
}

/** FNV-1a over UTF-16 code units, finished so that near keys part at the first level. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
