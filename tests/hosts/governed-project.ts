import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from '@ice-runtime/adapters'

const main = fileURLToPath(new URL('../../packages/cli/bin/ice.js', import.meta.url))

/** A project with the hook on it as `ice hook --install` puts it there, and a policy that a person adopted. */
export interface GovernedProject extends Disposable {
  readonly root: string
  /** Of the program: its settings for all projects. */
  readonly hostHome: string
  /** For the program and for `ice`. */
  readonly env: Readonly<Record<string, string>>
  /** Runs `ice` in the project, as a person at a shell does. */
  ice(...args: readonly string[]): Printed
  /** What stands at the place of `ice` for the hook from now on: a script of a shell. `$ICE` runs what stood there. */
  replaceIce(script: string): void
  write(name: string, text: string): void
  has(name: string): boolean
}

export interface Printed {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const policy = `@description("What agents do here is allowed.")
permit (principal, action, resource);

@id("nothing-forbidden")
@description("What is forbidden is not touched.")
forbid (principal, action == Ice::Action::"process.run", resource)
when { context.facts has command && context.facts.command like "*forbidden*" };
`

/** `program` is found under its own name, so that the doctor finds it too. */
export function openGovernedProject(host: Host, program: string): GovernedProject {
  // With a blank in it: every quoting on the way has to hold.
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'governed ')))
  const [root, hostHome, bin] = [join(base, 'project'), join(base, 'host home'), join(base, 'bin')]
  for (const folder of [root, hostHome, bin]) mkdirSync(folder)
  const run = `'${process.execPath}' --conditions=source --no-warnings '${main}'`
  const replaceIce = (script: string): void => {
    writeFileSync(join(bin, 'ice'), `#!/bin/sh\nICE="${run.replaceAll("'", '\\"')}"\n${script}\n`)
    chmodSync(join(bin, 'ice'), 0o755)
  }
  replaceIce(`exec ${run} "$@"`)
  const env = {
    PATH: [bin, dirname(program), process.env['PATH'] ?? ''].join(':'),
    HOME: join(base, 'home'),
    ICE_DATA: join(base, 'data'),
    CODEX_HOME: hostHome,
  }
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const ice = (...args: readonly string[]): Printed => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', '--no-warnings', main, ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  write('policy.cedar', policy)
  for (const args of [
    ['policy', 'adopt', 'policy.cedar', '--yes'],
    ['hook', host, '--install', ...(host === 'codex' ? ['--scope', 'user'] : [])],
  ]) {
    const { status, stderr } = ice(...args)
    if (status !== 0) throw new Error(stderr)
  }
  return {
    root,
    hostHome,
    env,
    ice,
    replaceIce,
    write,
    has: (name) => existsSync(join(root, name)),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}

/** Stands in for `ice`: what asks before a tool is used ends badly, everything else is as it was. */
export function troubleBefore(trouble: string): string {
  return `said=$(cat)\ncase "$said" in *PreToolUse*) ${trouble};; esac\nprintf %s "$said" | eval "$ICE" '"$@"'`
}
