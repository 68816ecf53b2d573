import type { Sha256 } from './entry.ts'
import type { Position } from './ids.ts'
import type { LogProblem } from './log-problem.ts'
import { sameBytes } from './seal.ts'
import { emptyTree, growTree } from './tree.ts'
import type { TreeEdge } from './tree.ts'

/** Leaves hashed at once: enough to share what one call costs, few enough to hold. */
const leafBatch = 256

export interface TreeCheck {
  /** Takes the hash of the next entry as stored. */
  add(leaf: Uint8Array): void
  /** The log as taken so far against the edge. */
  compare(lastPosition: Position): LogProblem | undefined
}

/** Grows the tree over a whole log and finds where it parts from the edge it should have. */
export function createTreeCheck(edge: TreeEdge, sha256: Sha256): TreeCheck {
  let tree = emptyTree
  let leaves: Uint8Array[] = []
  const grow = (): void => {
    tree = growTree(tree, leaves, sha256)
    leaves = []
  }
  return {
    add: (leaf) => {
      leaves.push(leaf)
      if (leaves.length === leafBatch) grow()
    },
    compare: (lastPosition) => {
      grow()
      if (lastPosition < edge.size) {
        return { code: 'tail.missing', position: lastPosition + 1, detail: `the log ends at ${lastPosition}, its edge at ${edge.size}` }
      }
      if (lastPosition > edge.size) {
        return { code: 'edge.exceeded', position: edge.size + 1, detail: `the log ends at ${lastPosition}, its edge at ${edge.size}` }
      }
      return compareRoots(tree, edge)
    },
  }
}

/** A tree cannot name the entry, but it names the complete subtree that differs. */
function compareRoots(tree: TreeEdge, edge: TreeEdge): LogProblem | undefined {
  if (tree.size !== edge.size) {
    return { code: 'tree.mismatch', position: 1, detail: `${tree.size} entries were read, the edge counts ${edge.size}` }
  }
  let from = 1
  for (const [index, root] of tree.roots.entries()) {
    const to = from - 1 + largestPower(tree.size - from + 1)
    const expected = edge.roots[index]
    if (expected === undefined || !sameBytes(root, expected)) {
      return { code: 'tree.mismatch', position: from, detail: `the entries at ${from} to ${to} are not those of the edge` }
    }
    from = to + 1
  }
  return undefined
}

/** The largest power of two up to `size`: what the next complete subtree holds when `size` leaves are left. */
function largestPower(size: number): number {
  let power = 1
  while (power * 2 <= size) power *= 2
  return power
}
