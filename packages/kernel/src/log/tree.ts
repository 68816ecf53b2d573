import type { Sha256 } from './entry.ts'

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
  const roots = [...edge.roots]
  let size = edge.size
  for (const leaf of leaves) {
    let root = hashLeaf(leaf, sha256)
    // A trailing one bit means a complete subtree of that size stands to the left and merges.
    for (let bits = size; bits % 2 === 1; bits = Math.floor(bits / 2)) root = hashNode(roots.pop(), root, sha256)
    roots.push(root)
    size += 1
  }
  return { size, roots }
}

/** The tree's root hash; of the empty tree the hash of nothing, as RFC 6962 defines it. */
export function treeRoot(edge: TreeEdge, sha256: Sha256): Uint8Array {
  let root = edge.roots.at(-1)
  if (root === undefined) return sha256(new Uint8Array(0))
  for (let index = edge.roots.length - 2; index >= 0; index -= 1) root = hashNode(edge.roots[index], root, sha256)
  return root
}

function hashLeaf(leaf: Uint8Array, sha256: Sha256): Uint8Array {
  const input = new Uint8Array(1 + leaf.length)
  input[0] = leafPrefix
  input.set(leaf, 1)
  return sha256(input)
}

function hashNode(left: Uint8Array | undefined, right: Uint8Array, sha256: Sha256): Uint8Array {
  const input = new Uint8Array(1 + 2 * hashBytes)
  input[0] = nodePrefix
  if (left !== undefined) input.set(left, 1)
  input.set(right, 1 + hashBytes)
  return sha256(input)
}
