import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Sha256 } from './entry.ts'
import { emptyTree, growTree, treeRoot } from './tree.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
const leafOf = (index: number): Uint8Array => sha256(Buffer.from(`leaf ${index}`))
const leavesTo = (size: number): readonly Uint8Array[] => Array.from({ length: size }, (_, index) => leafOf(index))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** MTH of RFC 6962, section 2.1, word for word: split at the largest power of two below the size. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves
  if (first === undefined) return sha256(new Uint8Array(0))
  if (leaves.length === 1) return sha256(Buffer.concat([Uint8Array.of(0), first]))
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.concat([Uint8Array.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))]))
}

test('the root is that of RFC 6962 for every size from 0 to 200', () => {
  let edge = emptyTree
  for (let size = 0; size <= 200; size += 1) {
    expect(edge.size).toBe(size)
    expect(hex(treeRoot(edge, sha256))).toBe(hex(naiveRoot(leavesTo(size))))
    edge = growTree(edge, [leafOf(size)], sha256)
  }
})

test('the edge holds the roots of the complete subtrees, largest first', () => {
  const leaves = leavesTo(13)
  expect(growTree(emptyTree, leaves, sha256).roots.map(hex)).toEqual(
    [leaves.slice(0, 8), leaves.slice(8, 12), leaves.slice(12)].map((part) => hex(naiveRoot(part))),
  )
})

test('growing in any batches gives the same edge as growing at once, and changes no edge before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 12 }), (batches) => {
      let edge = emptyTree
      for (const count of batches) {
        const before = structuredClone(edge)
        const grown = growTree(edge, leavesTo(edge.size + count).slice(edge.size), sha256)
        expect(edge).toStrictEqual(before)
        edge = grown
      }
      expect(edge).toStrictEqual(growTree(emptyTree, leavesTo(edge.size), sha256))
    }),
  )
})

test('a hash that writes where it is told gives the same edge and root, and keeps none of them', () => {
  const writing: Sha256 = (bytes, into = new Uint8Array(32)) => {
    into.set(sha256(bytes))
    return into
  }
  let edge = emptyTree
  for (let size = 0; size < 40; size += 1) {
    edge = growTree(edge, [leafOf(size)], writing)
    expect(edge).toStrictEqual(growTree(emptyTree, leavesTo(size + 1), sha256))
    expect(hex(treeRoot(edge, writing))).toBe(hex(naiveRoot(leavesTo(size + 1))))
  }
})

test('another order, another leaf or one leaf less has another root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (size, one, two) => {
      const leaves = leavesTo(size)
      const root = hex(treeRoot(growTree(emptyTree, leaves, sha256), sha256))
      const swapped = [...leaves]
      const [left, right] = [one % size, (one + 1 + (two % (size - 1))) % size]
      swapped[left] = leafOf(right)
      swapped[right] = leafOf(left)
      const changed = leaves.with(left, leafOf(size))
      for (const other of [swapped, changed, leaves.slice(0, -1)]) {
        expect(hex(treeRoot(growTree(emptyTree, other, sha256), sha256))).not.toBe(root)
      }
    }),
  )
})

/** The inputs and roots that implementations of certificate transparency share. */
const knownLeaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
test.each([
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
])('the root of the first %i known leaves is the known one', (size, root) => {
  const leaves = knownLeaves.slice(0, size).map((text) => new Uint8Array(Buffer.from(text, 'hex')))
  expect(hex(treeRoot(growTree(emptyTree, leaves, sha256), sha256))).toBe(root)
})

test('an edge whose roots do not fit its size is a bug found at once', () => {
  expect(() => growTree({ size: 1, roots: [] }, [leafOf(0)], sha256)).toThrow(expect.objectContaining({ code: 'invariant.violated' }))
})
