import { afterAll, expect, test } from 'vitest'
import { importsOf } from '../../examples/dependency-audit/imports.ts'
import { isPermissive } from '../../examples/dependency-audit/licences.ts'
import { git, makeTree, removeLeftovers, runExample } from './run-example.ts'

afterAll(removeLeftovers)

const top = { name: 'top', devDependencies: { 'at-the-top': '1.0.0' }, scripts: { build: 'used-by-name --fast' } }
const inner = { name: 'inner', dependencies: { used: '1.0.0', idle: '1.0.0', '@types/node': '1.0.0' } }
const lock = {
  packages: {
    '': { license: 'MIT' },
    'node_modules/used': { license: 'MIT' },
    'node_modules/a/node_modules/@odd/one': { license: 'GPL-3.0-only' },
    'node_modules/silent': {},
    'node_modules/inner': { link: true },
  },
}

test('what is missing, idle or oddly licensed is named with its place, and nothing is changed', async () => {
  const workspace = makeTree({
    'package.json': JSON.stringify(top),
    'package-lock.json': JSON.stringify(lock),
    'packages/inner/package.json': JSON.stringify(inner),
    'packages/inner/src/a.ts':
      "import { readFile } from 'node:fs'\nimport used from 'used/sub'\nimport {\n  b,\n} from '@missing/one'\nimport './local.ts'\n",
    'packages/inner/src/b.js': "const c = require('@missing/one')\nconst d = await import('at-the-top')\nrequire('fs')\n",
    'dist/made.js': "import 'never-looked-at'\n",
  })
  git(workspace, 'init', '-q')
  git(workspace, 'add', '.')
  const { exitCode, stdout, stderr } = await runExample('dependency-audit/main.ts', ['--workspace', workspace])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('2 sources read\n')
  expect(stdout).toContain('  @missing/one  missing in packages/inner/package.json, imported at packages/inner/src/a.ts:5 and 1 more\n')
  expect(stdout).toContain('declared and not imported: \n  idle  packages/inner/package.json\nlicences')
  expect(stdout).toContain('licences to look at: \n  @odd/one  GPL-3.0-only\n  silent  none recorded\n')
  expect(stdout).not.toMatch(/at-the-top|never-looked-at|local\.ts| fs /)
  expect(git(workspace, 'diff', '--name-only')).toBe('')
})

test('an expression is permissive when one of its alternatives is', () => {
  expect(
    ['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', 'Apache-2.0 AND MIT OR GPL-2.0'].filter((expression) => !isPermissive(expression)),
  ).toEqual([])
  expect(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'none recorded', 'SEE LICENSE IN x'].filter(isPermissive)).toEqual([])
})

test('imports are packages, with their line', () => {
  expect(
    importsOf("export * from '@a/b/c'\nimport type { X } from 'y'\n// import z from 'commented'\nimport '#alias'\nimport 'https://x/y'\n"),
  ).toEqual([
    { name: '@a/b', line: 1 },
    { name: 'y', line: 2 },
  ])
})
