import { fileURLToPath } from 'node:url'
import { packagesInOrder } from './workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
let imported = 0

/** Imports every entry point of every published package as a stranger gets it: compiled, without the `source` condition. */
for (const { name, published, subpaths } of packagesInOrder(root)) {
  if (!published) continue
  for (const subpath of subpaths) {
    const specifier = name + subpath.slice(1)
    const resolved = import.meta.resolve(specifier)
    if (!resolved.includes('/dist/')) throw new Error(`${specifier} is ${resolved}: run this without --conditions=source`)
    const module: object = await import(specifier)
    if (Object.keys(module).length === 0) throw new Error(`${specifier} exports nothing`)
    imported += 1
  }
}
if (imported === 0) throw new Error('no entry point was found')
console.log(`imported ${imported} entry points from dist`)
