import { createCatalog, fileDrivers, modelDriver, openWorkspace, randomDriver, spawnDriver, timeDriver } from '@ice-runtime/effects'
import type { ModelPrice, ModelProvider, SpawnDriverOptions } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import type { Root } from '@ice-runtime/isolation'
import { randomBytes } from 'node:crypto'
import type { BlobReader, Driver, Label, Sha256, RecordedAction } from '@ice-runtime/kernel'
import type { World } from '@ice-runtime/runtime'
import { assertOutside } from './data-directory.ts'

export interface WorldParts {
  readonly models: { readonly [provider: string]: ModelProvider }
  readonly prices: { readonly [model: string]: ModelPrice }
  readonly effects: readonly Driver[]
  readonly sha256: Sha256
  readonly blobs: BlobReader
  readonly data: string
  /** What runs may start below them, and how what they lend is written. */
  readonly spawning: SpawnDriverOptions
}

/** A workspace holds what its owner keeps to himself, and text that strangers wrote: a README may carry orders. */
const workspaceLabel: Label = 'untrusted/private'

/** The directories runs may be given, each with the actions over it. */
export interface Worlds extends Disposable {
  /** All that can be proposed in any of them: what a policy can be about. */
  actions(): readonly RecordedAction[]
  /** Opens a directory and returns its identity. Throws `data.inside_workspace`, `isolation.unavailable`. */
  open(directory: string): string
  /** Opens the directory that a record names by its path then; the run finds it only if it is still the same. */
  reopen(identity: string, directory: string | undefined): void
  /** Undefined for a workspace that has not been opened here. */
  find(workspace: string | undefined): World | undefined
}

export function createWorlds(parts: WorldParts): Worlds {
  const common = [
    timeDriver(),
    randomDriver({ randomBytes: (count) => randomBytes(count) }),
    modelDriver({ providers: parts.models, prices: parts.prices }),
    spawnDriver(parts.spawning),
    ...parts.effects,
  ]
  const homeless: World = { catalog: createCatalog(common, parts.sha256), workspace: undefined }
  const opened = new Map<string, Opened>()
  const keep = (directory: string): string => {
    assertOutside(parts.data, directory)
    const root = openRoot(directory)
    const { identity } = root
    // The directory itself counts, not its path: another one may stand there since the last run.
    if (opened.has(identity)) root[Symbol.dispose]()
    else opened.set(identity, worldOver(root, common, parts))
    return identity
  }
  return {
    actions: () => [...common, ...fileDeclarations(parts.data)].map(({ action, facts }) => ({ action, facts })),
    open: keep,
    reopen: (identity, directory) => {
      if (directory !== undefined && !opened.has(identity)) keep(directory)
    },
    find: (workspace) => (workspace === undefined ? homeless : opened.get(workspace)?.world),
    [Symbol.dispose]: () => {
      for (const { root } of opened.values()) root[Symbol.dispose]()
    },
  }
}

/** What file actions there are, and their facts: drivers are made over a directory, and say nothing of it here. */
function fileDeclarations(directory: string): readonly Driver[] {
  using root = openRoot(directory)
  return fileDrivers({ root })
}

interface Opened {
  readonly root: Root
  readonly world: World
}

function worldOver(root: Root, common: readonly Driver[], { blobs, sha256 }: WorldParts): Opened {
  const catalog = createCatalog([...common, ...fileDrivers({ root, label: workspaceLabel })], sha256)
  return { root, world: { catalog, workspace: openWorkspace({ root, blobs }) } }
}
