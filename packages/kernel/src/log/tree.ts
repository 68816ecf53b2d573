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
export function growTree(edge: TreeEdge, leaves: readonly Uint8Array[], sha256: Sha256): TreeEdge {
  const hash = createTreeHash(sha256)
  const roots = [...edge.roots]
  let size = edge.size
  for (const leaf of leaves) {
    let root = hash.leaf(leaf)
    // A trailing one bit means a complete subtree of that size stands to the left and merges.
    for (let bits = size; bits % 2 === 1; bits = Math.floor(bits / 2)) root = hash.node(roots.pop(), root)
    roots.push(root)
    size += 1
  }
  return { size, roots }
}

/** The tree's root hash; of the empty tree the hash of nothing, as RFC 6962 defines it. */
export function treeRoot(edge: TreeEdge, sha256: Sha256): Uint8Array {
  const hash = createTreeHash(sha256)
  return (
    edge.roots.reduceRight<Uint8Array | undefined>((right, left) => (right === undefined ? left : hash.node(left, right)), undefined) ??
    sha256(new Uint8Array(0))
  )
}

interface TreeHash {
  leaf(content: Uint8Array): Uint8Array
  node(left: Uint8Array | undefined, right: Uint8Array): Uint8Array
}

/** One node buffer serves a whole call, because allocating it costs about half as much as hashing it. */
function createTreeHash(sha256: Sha256): TreeHash {
  const nodeInput = new Uint8Array(1 + 2 * hashBytes)
  nodeInput[0] = nodePrefix
  return {
    leaf: (content) => {
      const input = new Uint8Array(1 + content.length)
      input[0] = leafPrefix
      input.set(content, 1)
      return sha256(input)
    },
    node: (left, right) => {
      assert(left?.length === hashBytes, 'an edge has one root of 32 bytes for each bit of its size')
      nodeInput.set(left, 1)
      nodeInput.set(right, 1 + hashBytes)
      return sha256(nodeInput)
    },
  }
}
