import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Tree, TreeNode } from '@ice-runtime/conformance'

/** A directory for one test, removed at its end. */
export function makeDirectory(): { readonly path: string } & Disposable {
  const made = fs.mkdtempSync(path.join(tmpdir(), 'ice-tree-'))
  return { path: made, [Symbol.dispose]: () => fs.rmSync(made, { recursive: true, force: true }) }
}

/** Puts a tree into an empty directory. */
export function writeTree(top: string, tree: Tree): void {
  for (const name of Object.keys(tree).sort()) putNode(`${top}/${name}`, tree[name])
}

/** Replaces what stands at a path, as another program would. */
export function putNode(place: string, node: TreeNode | undefined): void {
  fs.rmSync(place, { recursive: true, force: true })
  switch (node?.kind) {
    case undefined:
      return
    case 'directory':
      return fs.mkdirSync(place)
    case 'symlink':
      return fs.symlinkSync(node.target, place)
    case 'file':
      fs.writeFileSync(place, node.text)
      return fs.chmodSync(place, node.mode)
  }
}

/** Everything in a directory, hidden names too. */
export function readTree(top: string): Tree {
  const tree: { [path: string]: TreeNode } = {}
  const collect = (prefix: string): void => {
    // Not `recursive`: that follows links to directories.
    for (const name of fs.readdirSync(`${top}/${prefix}`)) {
      const node = readNode(`${top}/${prefix}${name}`)
      tree[`${prefix}${name}`] = node
      if (node.kind === 'directory') collect(`${prefix}${name}/`)
    }
  }
  collect('')
  return tree
}

function readNode(place: string): TreeNode {
  const status = fs.lstatSync(place)
  if (status.isDirectory()) return { kind: 'directory' }
  if (status.isSymbolicLink()) return { kind: 'symlink', target: fs.readlinkSync(place) }
  return { kind: 'file', text: fs.readFileSync(place, 'utf8'), mode: status.mode & 0o777 }
}
