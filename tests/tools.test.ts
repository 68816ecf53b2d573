import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a tool of the lock file with this repository's settings on files of another directory. */
function run(tool: string, args: readonly string[], cwd: string): { readonly status: number | null; readonly output: string } {
  const result = spawnSync(join(root, 'node_modules/.bin', tool), args, { cwd, encoding: 'utf8' })
  return { status: result.status, output: result.stdout + result.stderr }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ice-tools-'))
  const settings = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')) as { readonly compilerOptions: object }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...settings.compilerOptions, types: [] }, include: ['*.ts'] }),
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const innocent = `export function sum(left: number, right: number): number {\n  return left + right\n}\n`

describe('lint', () => {
  const lint = async (text: string): Promise<ReturnType<typeof run>> => {
    await writeFile(join(folder, 'planted.ts'), text)
    return run('oxlint', ['--type-aware', '-c', join(root, '.oxlintrc.json'), '-f', 'unix', 'planted.ts'], folder)
  }

  test('has nothing against an innocent file', async () => {
    expect((await lint(innocent)).status).toBe(0)
  })

  test.each([
    ['no-explicit-any', 'export function f(x: any): unknown {\n  return x\n}\n'],
    ['no-floating-promises', 'export function f(wait: () => Promise<void>): void {\n  wait()\n}\n'],
    ['no-misused-promises', 'export function f(wait: () => Promise<boolean>): number {\n  return wait() ? 1 : 2\n}\n'],
    ['switch-exhaustiveness-check', `export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      f(x)\n  }\n}\n`],
    ['no-default-export', 'export default 1\n'],
    ['no-console', 'console.log(1)\n'],
    ['no-non-null-assertion', 'export function f(x?: string): string {\n  return x!\n}\n'],
    ['only-throw-error', `export function f(): void {\n  throw 'text'\n}\n`],
    ['max-params', 'export function f(a: number, b: number, c: number, d: number): number {\n  return a + b + c + d\n}\n'],
    ['max-lines-per-function', `export function f(): number {\n${'  f()\n'.repeat(60)}  return 1\n}\n`],
    ['max-lines', `export const a = 1\n${'// line\n'.repeat(400)}`],
  ])('finds a planted violation of %s', async (rule, text) => {
    const { status, output } = await lint(text)
    expect(output).toContain(rule)
    expect(status).toBe(1)
  })
})

describe('types', () => {
  test.each([
    ['an enum', 'export enum Color {\n  red,\n}\n', 'TS1294'],
    ['an unchecked index', 'export function f(list: readonly string[]): string {\n  return list[0]\n}\n', 'TS2322'],
    ['an export without a type', 'export const f = (): number => 1\nexport const g = [f()].map(String)\n', 'TS9010'],
  ])('refuse %s', async (_what, text, code) => {
    await writeFile(join(folder, 'planted.ts'), text)
    const { status, output } = run('tsc', ['-p', '.'], folder)
    expect(output).toContain(code)
    expect(status).not.toBe(0)
  })
})

describe('layout', () => {
  test('refuses a semicolon and accepts none', async () => {
    const check = (): ReturnType<typeof run> => run('oxfmt', ['-c', join(root, '.oxfmtrc.json'), '--check', 'planted.ts'], folder)
    await writeFile(join(folder, 'planted.ts'), innocent)
    expect(check().status).toBe(0)
    await writeFile(join(folder, 'planted.ts'), innocent.replace('right\n', 'right;\n'))
    expect(check().status).toBe(1)
  })
})
