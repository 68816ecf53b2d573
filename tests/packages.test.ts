import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { scope } from '../scripts/architecture/layers.ts'
import { readRepository } from '../scripts/architecture/repository.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const repository = readRepository(root)
const manifests = repository.files.filter((file) => /^(?:packages\/[^/]+\/)?package\.json$/.test(file.path))

describe('manifests', () => {
  test('are there', () => {
    expect(manifests.length).toBeGreaterThan(repository.packages.length)
    expect(repository.packages).not.toEqual([])
  })

  test.each(manifests.map((file) => [file.path, file.text] as const))('%s names exact versions', (_path, text) => {
    const manifest = JSON.parse(text) as { readonly dependencies?: object; readonly devDependencies?: object }
    const versions: readonly unknown[] = [...Object.values(manifest.dependencies ?? {}), ...Object.values(manifest.devDependencies ?? {})]
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(String(version)))).toEqual([])
  })

  test.each(repository.packages.map((manifest) => [manifest.folder, manifest] as const))(
    'the entry points of %s exist in its sources',
    (_folder, manifest) => {
      const paths = new Set(repository.files.map((file) => file.path))
      expect(manifest.entryFiles.filter((file) => !paths.has(file))).toEqual([])
    },
  )
})

test('each runtime dependency is explained in design/dependencies.md, and nothing else is', () => {
  const rows = readFileSync(new URL('../design/dependencies.md', import.meta.url), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)
  const used = repository.packages.flatMap((manifest) => manifest.dependencies).filter((name) => !name.startsWith(scope))
  expect([...rows].map((match) => match[1] ?? '').sort()).toEqual([...new Set(used)].sort())
})

test('the version guard and the store ask for one SQLite', () => {
  const versionIn = (path: string): string | undefined =>
    /Sqlite = '([\d.]+)'/.exec(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))?.[1]
  expect(versionIn('scripts/require-node.cjs')).toMatch(/^3\./)
  expect(versionIn('scripts/require-node.cjs')).toBe(versionIn('packages/stores/src/sqlite/database.ts'))
})
