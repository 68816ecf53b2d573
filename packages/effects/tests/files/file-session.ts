import { emptyMap, IceError, parseRunId } from '@ice-runtime/kernel'
import type { Blobs, Driver, Json, JsonObject, Manifest, PreparedAction, PrepareRefusal, Receipt, StagedChange } from '@ice-runtime/kernel'
import { openMemoryBlobs } from '@ice-runtime/conformance'
import type { Tree } from '@ice-runtime/conformance'
import { openRoot } from '@ice-runtime/isolation'
import type { Root } from '@ice-runtime/isolation'
import { fileDrivers } from '../../src/files/file-drivers.ts'
import { makeDirectory, writeTree } from './real-tree.ts'

/** A run's file actions on a real directory, staged changes folded as the kernel folds them. */
export interface FileSession extends Disposable {
  readonly path: string
  readonly root: Root
  readonly blobs: Blobs
  driver(action: string): Driver
  prepare(action: string, args: Json): PreparedAction | PrepareRefusal
  perform(prepared: PreparedAction): Receipt
  /** What people are shown before it is done, with content kept apart from the run's. */
  preview(prepared: PreparedAction, blobs: Blobs): readonly StagedChange[]
  /** Prepares and performs; throws what the action throws, an `IceError` with the refusal's code included. */
  run(action: string, args: Json): Receipt
  result(action: string, args: Json): JsonObject
  staged(): Manifest
  changes(): readonly StagedChange[]
}

const runId = parseRunId('run_files0000000')

export function openSession(before: Tree): FileSession {
  const directory = makeDirectory()
  writeTree(directory.path, before)
  const root = openRoot(directory.path)
  const blobs = openMemoryBlobs()
  const drivers = new Map(fileDrivers({ root }).map((driver) => [driver.action, driver]))
  let staged: Manifest = emptyMap()
  const context = (): Parameters<Driver['perform']>[1] => {
    return { runId, key: `${runId}#1`, at: 0, staged, blobs, signal: new AbortController().signal }
  }
  const driver = (action: string): Driver => {
    const found = drivers.get(action)
    if (found === undefined) throw new Error(`no driver ${action}`)
    return found
  }
  const session: FileSession = {
    path: directory.path,
    root,
    blobs,
    driver,
    prepare: (action, args) => driver(action).prepare(args, context()) as PreparedAction | PrepareRefusal,
    perform: (prepared) => {
      const receipt = driver(prepared.action).perform(prepared, context()) as Receipt
      for (const change of receipt.changes ?? []) {
        staged = staged.with(change.path, { ...change, base: staged.get(change.path)?.base ?? change.base })
      }
      return receipt
    },
    preview: (prepared, own) => driver(prepared.action).preview?.(prepared, { ...context(), blobs: own }) ?? [],
    run: (action, args) => {
      const prepared = session.prepare(action, args)
      if ('refused' in prepared) throw new IceError(prepared.refused as never, prepared.detail)
      return session.perform(prepared)
    },
    result: (action, args) => session.run(action, args).result as JsonObject,
    staged: () => staged,
    changes: () => staged.entries().map(([, change]) => change),
    [Symbol.dispose]: () => {
      root[Symbol.dispose]()
      directory[Symbol.dispose]()
    },
  }
  return session
}
