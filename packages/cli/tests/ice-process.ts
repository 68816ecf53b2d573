import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../bin/ice.js', import.meta.url))

/** What one command printed and exited with. */
export interface Finished {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves once the text has been said on standard error. Rejects when the process ends without it. */
  said(text: string): Promise<void>
}

/** A place of its own for each test: a workspace, and a data directory beside it. */
export interface Place extends Disposable {
  readonly root: string
  readonly workspace: string
  readonly data: string
  write(path: string, content: string): string
  /** Runs `ice` here and waits for it. */
  ice(...args: readonly string[]): Promise<Finished>
  start(...args: readonly string[]): Started
  /** Starts another program of the tests here. */
  program(file: string, ...args: readonly string[]): Started
}

export function openPlace(environment: { readonly [name: string]: string } = {}): Place {
  const root = mkdtempSync(join(tmpdir(), 'ice-cli-'))
  const [workspace, data] = [join(root, 'workspace'), join(root, 'data')]
  mkdirSync(workspace)
  const place = { cwd: workspace, environment: { ICE_DATA: data, XDG_CONFIG_HOME: join(root, 'config'), ...environment } }
  const start = (...args: readonly string[]): Started => startProgram(main, args, place)
  return {
    root,
    workspace,
    data,
    write: (path, content) => {
      const file = join(root, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    },
    ice: (...args) => start(...args).finished,
    start,
    program: (file, ...args) => startProgram(file, args, place),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

function startProgram(
  file: string,
  args: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: { readonly [name: string]: string } },
): Started {
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, npm_lifecycle_event: _event, ...inherited } = process.env
  const child = spawn(process.execPath, ['--conditions=source', file, ...args], {
    cwd,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  const heard = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const listener of heard) listener()
  })
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, stdout, stderr }))
  })
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (stderr.includes(text) ? resolve() : undefined)
      heard.add(look)
      look()
      void finished.then(() => reject(new Error(`ended without saying ${text}:\n${stderr}`)))
    })
  return { process: child, finished, said }
}

/** The values of NDJSON. */
export function jsonLines(text: string): readonly { readonly [key: string]: unknown }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly [key: string]: unknown })
}

/** An agent's file with this body: `input` and `ctx` are in scope. */
export function agentSource(name: string, body: string): string {
  return `import { defineAgent } from '@ice-runtime/agents/define'
export default defineAgent({
  name: '${name}', version: '1.0.0', requests: [{ actions: ['files.read'], resources: ['src'] }],
  async run(input, ctx) { ${body} },
})
`
}

/** Proposes and goes on whatever the answer. */
export function trying(action: string, args: object): string {
  return `await ctx.propose(${JSON.stringify(action)}, ${JSON.stringify(args)}).catch(() => undefined);`
}
