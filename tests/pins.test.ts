import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'
import { packagesInOrder } from '../scripts/workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Exports {
  readonly [subpath: string]: { readonly source: string }
}

/** What others can import, a line for each entry point and each name, types marked: read from the sources and manifests. */
function publicSurface(): readonly string[] {
  const published = packagesInOrder(root).filter((manifest) => manifest.published)
  return published.flatMap(({ folder }) => {
    const { name, exports } = JSON.parse(read(`packages/${folder}/package.json`)) as { readonly name: string; readonly exports: Exports }
    return Object.entries(exports).flatMap(([subpath, { source }]) => [
      join(name, subpath),
      ...exportedNames(join('packages', folder, source)).map((line) => `  ${line}`),
    ])
  })
}

function exportedNames(path: string): readonly string[] {
  const { module } = parseSync(path, read(path))
  const exported = module.staticExports.flatMap(({ entries }) => entries)
  return exported.map((entry) => `${entry.isType ? 'type ' : ''}${entry.exportName.name ?? '*'}`).sort()
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

test('the packages export what tests/pins/exports.txt lists: a change there is meant, and has a line in CHANGELOG.md', async () => {
  const surface = publicSurface()
  expect(surface.length).toBeGreaterThan(100)
  await expect(`${surface.join('\n')}\n`).toMatchFileSnapshot('pins/exports.txt')
})

test('no entry point exports a star: every public name is written down where it is made public', () => {
  expect(publicSurface().filter((line) => line.trim() === '*')).toEqual([])
})

test.each(packagesInOrder(root).map((manifest) => manifest.folder))('the README of %s names only what is there', (folder) => {
  const named = [...read(`packages/${folder}/README.md`).matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, names = '']) => names.split(', '))
  expect(named.length).toBeGreaterThanOrEqual(5)
  const { exports } = JSON.parse(read(`packages/${folder}/package.json`)) as { readonly exports: Exports }
  const exported = Object.values(exports).flatMap(({ source }) => exportedNames(join('packages', folder, source)))
  const missing = named
    .map((name) => name.replace(/ \(.*\)$/, ''))
    .filter((name) => !exported.includes(name) && !exported.includes(`type ${name}`) && !existsSync(join(root, 'packages', folder, name)))
  expect(missing).toEqual([])
})
