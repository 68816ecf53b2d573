import type { Sha256 } from './entry.ts'
import { assert } from './errors.ts'

/**
 * The right edge of an RFC 6962 tree over all entries of a log in position order: one root per complete subtree, largest
 * first. It is all that appending and computing the root need, so it stays O(log n).
 */
export interface TreeEdge {
  /** Leaves so far. */
  readonly size: number
  /** 32-byte roots of the complete subtrees, one per bit set in `size`, largest subtree first. */
  readonly roots: readonly Uint8Array[]
}

export const emptyTree: TreeEdge = { size: 0, roots: [] }

const leafPrefix = 0x00
const nodePrefix = 0x01
const hashBytes = 32

/** Adds leaves (entry hashes) in order. Source: RFC 6962, section 2.1. */
export function growTree({ size, roots }: TreeEdge, leaves: readonly Uint8Array[], sha256: Sha256): TreeEdge {
  const hash = createTreeHash(sha256)
  // Most roots live for one leaf, so each is written over the last one of its place.
  const slots = roots.map((root) => root.slice())
  let depth = slots.length
  let leavesCount = size
  for (const leaf of leaves) {
    hash.leaf(leaf)
    // A trailing one bit means a complete subtree of that size stands to the left and merges.
    for (let bits = leavesCount; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      depth -= 1
      hash.node(slots[depth])
    }
    const slot = (slots[depth] ??= new Uint8Array(hashBytes))
    slot.set(hash.root)
    depth += 1
    leavesCount += 1
  }
  return { size: leavesCount, roots: slots.slice(0, depth) }
}

/** The tree's root hash; of the empty tree the hash of nothing, as RFC 6962 defines it. */
export function treeRoot({ roots }: TreeEdge, sha256: Sha256): Uint8Array {
  const smallest = roots.at(-1)
  if (smallest === undefined) return sha256(new Uint8Array(0))
  const hash = createTreeHash(sha256)
  hash.root.set(smallest)
  for (const left of roots.slice(0, -1).reverse()) hash.node(left)
  return hash.root.slice()
}

/** Hashes from a leaf upwards in buffers of its own: allocating for each node costs about half as much as hashing it. */
interface TreeHash {
  /** What was hashed last, until the next hash. */
  readonly root: Uint8Array
  leaf(content: Uint8Array): void
  /** Joins `root` with what stands to its left. */
  node(left: Uint8Array | undefined): void
}

function createTreeHash(sha256: Sha256): TreeHash {
  const leafInput = new Uint8Array(1 + hashBytes)
  const nodeInput = new Uint8Array(1 + 2 * hashBytes)
  nodeInput[0] = nodePrefix
  const root = nodeInput.subarray(1 + hashBytes)
  const hash = (input: Uint8Array): void => {
    const digest = sha256(input, root)
    if (digest !== root) root.set(digest)
  }
  return {
    root,
    leaf: (content) => {
      const input = content.length === hashBytes ? leafInput : new Uint8Array(1 + content.length)
      input[0] = leafPrefix
      input.set(content, 1)
      hash(input)
    },
    node: (left) => {
      assert(left?.length === hashBytes, 'an edge has one root of 32 bytes for each bit of its size')
      nodeInput.set(left, 1)
      hash(nodeInput)
    },
  }
}
