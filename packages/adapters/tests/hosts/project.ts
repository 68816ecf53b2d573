import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installHook, settingsPaths } from '@ice-runtime/adapters'
import type { Host } from '@ice-runtime/adapters'

/** An empty project with the hook on it, and a home of its own for the program. */
export interface HookedProject extends Disposable {
  readonly root: string
  readonly home: string
  /** For the program: where the hook writes, and what trouble it makes. */
  readonly env: Readonly<Record<string, string>>
  /** What the hook was asked and said, in order. */
  asked(): readonly { readonly event: string; readonly tool: string | null; readonly verdict: string }[]
  has(name: string): boolean
}

export interface HookedOptions {
  readonly trouble?: 'exit' | 'hang' | 'kill' | 'throw'
  /** The settings name a program that is not there. */
  readonly missing?: boolean
  /** Changes the settings after installation. */
  readonly edit?: (text: string) => string
  /** Where the settings go, relative to the project. */
  readonly settings?: string
}

const hookProgram = fileURLToPath(new URL('hook-program.ts', import.meta.url))

export function openHookedProject(host: Host, { trouble, missing, edit, settings }: HookedOptions = {}): HookedProject {
  const base = mkdtempSync(join(tmpdir(), 'hooked '))
  const root = join(base, 'project')
  const home = join(base, 'home')
  const log = join(base, 'asked.ndjson')
  const bin = join(base, 'ice')
  writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' --conditions=source --no-warnings '${hookProgram}' "$@"\n`)
  chmodSync(bin, 0o755)
  const path = join(root, settings ?? settingsPaths[host])
  for (const folder of [root, home, dirname(path)]) mkdirSync(folder, { recursive: true })
  const text = installHook(host, undefined, `"${missing === true ? `${bin}-that-is-not-there/ice` : bin}" hook ${host}`)
  writeFileSync(path, edit === undefined ? text : edit(text))
  return {
    root,
    home,
    env: { HOME: home, HOOK_LOG: log, ...(trouble === undefined ? {} : { HOOK_TROUBLE: trouble }) },
    asked: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as { readonly event: string; readonly tool: string | null; readonly verdict: string })
        : [],
    has: (name) => existsSync(join(root, name)),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}
