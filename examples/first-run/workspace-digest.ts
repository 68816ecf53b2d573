import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** One digest over every path of a tree, its kind, its mode and its content, in one order. Links count by where they point. */
export function workspaceDigest(root: string): { readonly digest: string; readonly paths: number } {
  const hash = createHash('sha256')
  let paths = 0
  const visit = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const inside = path === '' ? name : `${path}/${name}`
      const status = lstatSync(join(root, inside))
      const isDirectory = status.isDirectory()
      const content = isDirectory ? '' : status.isSymbolicLink() ? readlinkSync(join(root, inside)) : readFileSync(join(root, inside))
      const kind = isDirectory ? 'directory' : status.isSymbolicLink() ? 'link' : 'file'
      hash.update(`${JSON.stringify([inside, kind, status.mode & 0o7777, content.length])}\n`).update(content)
      paths += 1
      if (isDirectory) visit(inside)
    }
  }
  visit('')
  return { digest: hash.digest('hex'), paths }
}
