import type { Blobs, FileState, StagedChange } from '@ice-runtime/kernel'

/** A thing in a tree of files, with its content. */
export type TreeNode =
  | { readonly kind: 'directory' }
  | { readonly kind: 'file'; readonly text: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string }

/** A whole tree by path. Every directory is named, so that one too many shows. */
export interface Tree {
  readonly [path: string]: TreeNode
}

export const directory: TreeNode = { kind: 'directory' }

export function file(text: string, mode = 0o644): TreeNode {
  return { kind: 'file', text, mode }
}

export function link(target: string): TreeNode {
  return { kind: 'symlink', target }
}

/** The changes that make one tree of another, content kept in `blobs`. */
export function changesBetween(before: Tree, after: Tree, blobs: Blobs): readonly StagedChange[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return paths
    .map((path) => ({ path, to: stateOf(after[path], blobs), base: stateOf(before[path], blobs) }))
    .filter((change) => JSON.stringify(change.to) !== JSON.stringify(change.base))
}

/** What a workspace says of a node. */
export function stateOf(node: TreeNode | undefined, blobs: Blobs): FileState {
  if (node === undefined) return { kind: 'absent' }
  if (node.kind !== 'file') return node
  return { kind: 'file', ...blobs.put(Buffer.from(node.text)), mode: node.mode }
}
