import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkArchitecture } from '../scripts/architecture/check.ts'
import { kernelFolders, packageTable } from '../scripts/architecture/layers.ts'
import { readManifest, readRepository } from '../scripts/architecture/repository.ts'
import type { Repository, TextFile } from '../scripts/architecture/repository.ts'
import { formatViolation } from '../scripts/architecture/violation.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A repository in which every package has one innocent file. */
const manifests: readonly TextFile[] = [...packageTable].map(([folder, imports]) => ({
  path: `packages/${folder}/package.json`,
  text: JSON.stringify({
    name: `@ice-runtime/${folder}`,
    exports: { '.': { source: './src/index.ts' } },
    dependencies: {
      ...Object.fromEntries(imports.map((name) => [`@ice-runtime/${name}`, '0.1.0'])),
      ...(folder === 'kernel' ? { zod: '4' } : {}),
    },
  }),
}))
const innocent: readonly TextFile[] = [...packageTable.keys()].map((folder) => ({
  path: `packages/${folder}/src/index.ts`,
  text: `export const name = '${folder}'\n`,
}))

function repositoryWith(...planted: readonly TextFile[]): Repository {
  const replaced = new Set(planted.map((file) => file.path))
  const files = [...manifests, ...innocent].filter((file) => !replaced.has(file.path))
  return { files: [...files, ...planted], packages: manifests.map(readManifest) }
}

function rulesBrokenBy(...planted: readonly TextFile[]): readonly string[] {
  return [...new Set(checkArchitecture(repositoryWith(...planted)).violations.map((violation) => violation.rule))]
}

describe('this repository', () => {
  const report = checkArchitecture(readRepository(root))

  test('keeps every rule', () => {
    expect(report.violations.map(formatViolation)).toEqual([])
  })

  test('was really looked at', () => {
    expect(report.modules).toBeGreaterThan(packageTable.size)
    expect(report.imports).toBeGreaterThan(packageTable.size)
  })
})

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(new URL('../ARCHITECTURE.md', import.meta.url), 'utf8')

  test('prints the package table that is held', () => {
    const rows = [...text.matchAll(/^\| \[`(\w+)`\]\([^)]+\) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name = '', imports = '']) => [
      name,
      imports === '–' ? [] : imports.split(', '),
    ])
    expect(rows).toEqual([...packageTable].map(([name, imports]) => [name, [...imports]]))
  })

  test("prints the kernel's folders in the order that is held", () => {
    expect(text).toContain(kernelFolders.map((folder) => `\`${folder}\``).join(' → '))
  })
})

test('an innocent repository breaks no rule', () => {
  expect(rulesBrokenBy()).toEqual([])
})

test('a checker that saw no files fails', () => {
  const { violations } = checkArchitecture({ files: [], packages: [] })
  expect(violations.map((violation) => violation.rule)).toContain('saw-nothing')
})

test('a package without a row in the table is found', () => {
  const stranger = readManifest({ path: 'packages/stranger/package.json', text: '{"name":"stranger"}' })
  const { violations } = checkArchitecture({ files: innocent, packages: [...manifests.map(readManifest), stranger] })
  expect(violations.map((violation) => violation.path)).toEqual(['packages/stranger'])
})

test('a source that does not parse is an error, not a pass', () => {
  expect(() => rulesBrokenBy({ path: 'packages/kernel/src/log/broken.ts', text: 'export const = 1' })).toThrow('broken.ts')
})

/** One planted violation for each rule: [rule, path, text]. */
const plants: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['package-table', 'packages/runtime/src/a.ts', `import { name } from '@ice-runtime/stores'\nname`],
  ['package-table', 'packages/runtime/src/a.ts', `import type { name } from '@ice-runtime/effects'\nexport type A = name`],
  ['package-table', 'packages/runtime/src/a.ts', `export { name } from '@ice-runtime/agents'\nexport const a = 1`],
  ['package-table', 'packages/runtime/src/a.ts', `export const load = () => import('@ice-runtime/ice')`],
  ['package-table', 'packages/runtime/src/a.ts', `export type A = import('@ice-runtime/ice').name`],
  ['package-table', 'packages/ice/src/a.ts', `import { name } from '@ice-runtime/conformance'\nname`],
  ['package-table', 'packages/runtime/src/a.ts', `import { name } from '../../stores/src/index.ts'\nname`],
  ['package-table', 'examples/first/main.ts', `import { name } from '@ice-runtime/runtime'\nname`],
  ['entry-point', 'packages/runtime/src/a.ts', `import { name } from '@ice-runtime/kernel/src/log/seal.ts'\nname`],
  ['undeclared-dependency', 'packages/runtime/src/a.ts', `import zod from 'zod'\nzod`],
  ['foreign-name', 'packages/cli/src/a.ts', `import ice from 'ice'\nice`],
  ['foreign-name', 'packages/cli/src/a.ts', `import ice from '@ice/core'\nice`],
  ['foreign-name', 'package-lock.json', `{\n  "node_modules/@ice/core": {}\n}`],
  ['import-form', 'packages/kernel/src/log/a.ts', `import { b } from './b.js'\nb`],
  ['kernel-order', 'packages/kernel/src/log/a.ts', `import type { b } from '../run/b.ts'\nexport type A = b`],
  ['kernel-order', 'packages/kernel/src/extra/a.ts', `import { b } from '../log/b.ts'\nb`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `import { join } from 'node:path'\njoin`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `import { z } from 'zod'\nz`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `export const load = (name: string) => import(name)`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `export async function wait(): Promise<void> {}`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `let count = 0\nexport const next = () => (count += 1)`],
  ['kernel-pure', 'packages/kernel/src/log/a.ts', `export const later = (f: () => void) => setTimeout(f, 1)`],
  ['ambient-power', 'packages/kernel/src/log/a.ts', `export const now = () => Date.now()`],
  ['ambient-power', 'packages/stores/src/a.ts', `export const now = () => new Date()`],
  ['ambient-power', 'packages/stores/src/a.ts', `export const dice = () => Math.random()`],
  ['ambient-power', 'packages/stores/src/a.ts', `export const id = () => crypto.randomUUID()`],
  ['ambient-power', 'packages/stores/src/a.ts', `import { randomBytes } from 'node:crypto'\nexport const id = () => randomBytes(8)`],
  ['ambient-power', 'packages/stores/src/a.ts', `export const key = process.env['KEY']`],
  ['ambient-power', 'packages/stores/src/a.ts', `export const key = globalThis.process`],
  ['ambient-power', 'packages/stores/src/a.ts', `import { env } from 'node:process'\nenv`],
  ['barrel', 'packages/runtime/src/more/index.ts', `export const a = 1`],
  ['barrel', 'packages/runtime/src/all.ts', `export { name } from './index.ts'`],
  ['barrel', 'packages/runtime/src/index.ts', `export * from './a.ts'`],
  ['file-length', 'packages/runtime/src/a.ts', 'export {}\n'.repeat(401)],
  ['file-name', 'packages/runtime/src/aB.ts', `export const a = 1`],
  ['banned-name', 'packages/runtime/src/run-utils.ts', `export const a = 1`],
  ['banned-name', 'packages/runtime/src/common/a.ts', `export const a = 1`],
  ['banned-name', 'packages/runtime/src/a.ts', `export interface RunManager {}`],
  ['class', 'packages/runtime/src/a.ts', `export class Runner {}`],
  ['machine-path', 'docs/a.md', `see ${['', 'home', 'ada', 'ice'].join('/')}`],
]

for (const [rule, path, text] of plants) {
  test(`${rule} is found: ${path} says ${firstLine(text)}`, () => {
    expect(rulesBrokenBy({ path, text })).toEqual([rule])
  })
}

test('a cycle is found through type imports and named whole', () => {
  const { violations } = checkArchitecture(
    repositoryWith(
      { path: 'packages/runtime/src/a.ts', text: `import { b } from './b.ts'\nexport const a = b` },
      { path: 'packages/runtime/src/b.ts', text: `import type { a } from './a.ts'\nexport const b: typeof a = 1` },
    ),
  )
  expect(violations.map((violation) => violation.message)).toEqual([
    'packages/runtime/src/a.ts → packages/runtime/src/b.ts → packages/runtime/src/a.ts',
  ])
})

/** What looks like a violation and is none. */
const lookalikes: readonly (readonly [path: string, text: string])[] = [
  ['packages/kernel/src/run/a.ts', `import type { b } from '../log/b.ts'\nexport type A = b`],
  ['packages/kernel/src/log/a.ts', `// import fs from 'node:fs'\nexport const text = "import fs from 'node:fs'"`],
  [
    'packages/kernel/src/log/a.ts',
    `export interface Facts { readonly process: string }\nexport const read = (facts: Facts) => facts.process`,
  ],
  ['packages/kernel/src/log/a.ts', `export const at = (now: number) => new Date(now).toISOString()`],
  ['packages/kernel/src/log/a.ts', `import { string } from 'zod/mini'\nstring`],
  [
    'packages/kernel/src/log/a.test.ts',
    `import { readFileSync } from 'node:fs'\nimport { name } from '@ice-runtime/conformance'\nreadFileSync(name)`,
  ],
  ['packages/runtime/src/a.ts', `export class StallError extends Error {}`],
  ['packages/cli/src/a.ts', `export const now = () => [Date.now(), process.argv]`],
  ['examples/first/main.ts', `import { name } from '@ice-runtime/ice'\nname`],
]

for (const [path, text] of lookalikes) {
  test(`no rule is broken when ${path} says ${firstLine(text)}`, () => {
    expect(rulesBrokenBy({ path, text })).toEqual([])
  })
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
