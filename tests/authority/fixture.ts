import { hash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@ice-runtime/conformance'
import { createCatalog, fileDrivers, openWorkspace } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { parseLogId, runsView } from '@ice-runtime/kernel'
import type { PolicyEngine, Sha256, Store } from '@ice-runtime/kernel'
import type { World } from '@ice-runtime/runtime'
import { openVolatileStore } from '@ice-runtime/stores/volatile'
import { canaryDrivers } from './canary-drivers.ts'

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
export { verifies }

/** Text that stands in a file and nowhere else: whoever is told it has read that file. */
export function canaryText(name: string): string {
  return `CANARY<${name}>`
}

/** What stands around a run: its workspace, what lies outside of it, and a neighbour whose name begins like its own. */
const files: { readonly [path: string]: string } = {
  'workspace/README.md': 'README.md',
  'workspace/src/a.md': 'src/a.md',
  'workspace/src/deep/b.md': 'src/deep/b.md',
  'workspace/src-old/a.md': 'src-old/a.md',
  'workspace/SRC/a.md': 'SRC/a.md',
  'workspace/caf\u00e9.md': 'caf\u00e9.md',
  'workspace/.env': '.env',
  'workspace/other/a.md': 'other/a.md',
  'outside/secret.md': 'outside/secret.md',
  'workspace-old/a.md': 'workspace-old/a.md',
}

export interface Fixture extends Disposable {
  readonly store: Store
  readonly world: World
  readonly workspace: string
  /** What the drivers that change the outside have done, in order. */
  readonly done: readonly string[]
  /** Every file around the run that is not as it was, with what stands there now. */
  changed(): readonly string[]
  /** Files whose text is part of this. */
  readIn(text: string): readonly string[]
}

const logId = parseLogId('log_authoritysuite')

/** A fresh place on disk; the log is in memory, because what is tested here is what is decided, not how it is kept. */
export function openFixture(): Fixture {
  const top = mkdtempSync(join(tmpdir(), 'ice-authority-'))
  for (const [path, name] of Object.entries(files)) {
    mkdirSync(join(top, path, '..'), { recursive: true })
    writeFileSync(join(top, path), `${canaryText(name)}\n`)
  }
  symlinkSync('../outside', join(top, 'workspace/link'))
  symlinkSync('../outside/secret.md', join(top, 'workspace/link.md'))
  chmodSync(join(top, 'workspace/.env'), 0o600)
  const store = openVolatileStore({ logId, sha256, views: [runsView], lingerMs: 1 })
  const root = openRoot(join(top, 'workspace'))
  const workspace = openWorkspace({ root, blobs: store.blobs })
  const done: string[] = []
  const catalog = createCatalog([...fileDrivers({ root }), ...canaryDrivers((effect) => done.push(effect))], sha256)
  const before = snapshot(top)
  return {
    store,
    world: { catalog, workspace },
    workspace: workspace.identity,
    done,
    changed: () => differences(before, snapshot(top)),
    readIn: (text) => Object.values(files).filter((name) => text.includes(canaryText(name))),
    [Symbol.dispose]: () => {
      root[Symbol.dispose]()
      rmSync(top, { recursive: true, force: true })
    },
  }
}

/** The engine that is in force when a case says nothing of policy: grants alone decide. */
export const permissive: PolicyEngine = {
  digest: 'a'.repeat(64) as PolicyEngine['digest'],
  evaluate: () => ({ effect: 'allow', rules: ['any'] }),
}

function snapshot(top: string): ReadonlyMap<string, string> {
  const names = readdirSync(top, { recursive: true }).map(String)
  return new Map(names.filter((name) => statSync(join(top, name)).isFile()).map((name) => [name, readFileSync(join(top, name), 'utf8')]))
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.filter((name) => before.get(name) !== after.get(name)).map((name) => `${name}: ${after.get(name) ?? 'gone'}`)
}
