import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scope } from './architecture/layers.ts'
import { readManifest } from './architecture/repository.ts'
import type { PackageManifest } from './architecture/repository.ts'

/** The packages under `packages/`, each after the ones it depends on. Throws when they depend on each other in a circle. */
export function packagesInOrder(root: string): readonly PackageManifest[] {
  const manifests = readdirSync(join(root, 'packages')).map((folder) => {
    const path = `packages/${folder}/package.json`
    return readManifest({ path, text: readFileSync(join(root, path), 'utf8') })
  })
  return sortByDependency(manifests)
}

export function sortByDependency(manifests: readonly PackageManifest[]): readonly PackageManifest[] {
  const ordered: PackageManifest[] = []
  let waiting = [...manifests].sort((left, right) => (left.name < right.name ? -1 : 1))
  while (waiting.length > 0) {
    const ready = waiting.filter((manifest) =>
      manifest.dependencies.every((name) => !name.startsWith(scope) || ordered.some((done) => done.name === name)),
    )
    if (ready.length === 0) throw new Error(`in a circle: ${waiting.map((manifest) => manifest.name).join(', ')}`)
    ordered.push(...ready)
    waiting = waiting.filter((manifest) => !ready.includes(manifest))
  }
  return ordered
}
