import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Where the programs of one test file leave what they leave. */
const temporary = mkdtempSync(join(tmpdir(), 'ice-examples-'))

/** Where the programs of this test file left what they leave. */
export function leftovers(): string {
  return temporary
}

/** Called after all tests of a file. */
export function removeLeftovers(): void {
  rmSync(temporary, { recursive: true, force: true })
}

/** Runs a program of `examples` as a person would, without a terminal. */
export function runExample(file: string, args: readonly string[] = []): Promise<Ended> {
  const program = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url))
  const { FORCE_COLOR: _colour, ...inherited } = process.env
  const options = { encoding: 'utf8', env: { ...inherited, TMPDIR: temporary } } as const
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=source', program, ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })
}

/** A directory outside this repository with these files. */
export function makeTree(files: { readonly [path: string]: string | Uint8Array }): string {
  const root = mkdtempSync(join(temporary, 'tree-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', ...args], {
    cwd: directory,
    encoding: 'utf8',
  })
}

/** What follows a label in what a first run prints. */
export function labelled(stdout: string, label: string): string {
  return new RegExp(`^ {2}${label} +(\\S+)`, 'm').exec(stdout)?.[1] ?? ''
}
