import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { Driver, Json, JsonObject } from '@ice-runtime/kernel'
import { joinPath } from '@ice-runtime/isolation'
import { pathArgument, placeArgument } from './file-args.ts'
import { fileDriver, kindText, pathFacts } from './file-driver.ts'
import type { FileAction, FileDriverOptions } from './file-driver.ts'
import type { StagedTree } from './staged-tree.ts'

/** Largest file `files.read` hands over: a result is held, hashed and recorded whole. */
export const maxReadBytes: number = 4 * 1024 * 1024
/** Most entries of one listing, and how many there are when the agent does not say. */
export const maxListEntries = 5000
const defaultListEntries = 1000
/** Directories a recursive walk does not enter from above, because they hold what tools made. Named as the start, they are walked. */
export const unwalkedDirectories: readonly string[] = ['.git', 'node_modules']

const readArgs = z.strictObject({ path: pathArgument, encoding: z.enum(['utf8', 'base64']).optional() })
const statArgs = z.strictObject({ path: placeArgument })
const listArgs = z.strictObject({
  path: placeArgument,
  recursive: z.boolean().optional(),
  limit: z.int().min(1).max(maxListEntries).optional(),
})

/** `files.read`, `files.stat` and `files.list`. */
export function readingDrivers(options: FileDriverOptions): readonly Driver[] {
  return [fileDriver(readAction, options), fileDriver(statAction, options), fileDriver(listAction, options)]
}

const readAction: FileAction<z.infer<typeof readArgs>> = {
  action: 'files.read',
  description: 'Reads one file: text, or base64 when asked for.',
  args: readArgs,
  class: 'observe',
  facts: {},
  plan: ({ path }, tree) => {
    const state = tree.state(path)
    const sizeBytes = state.kind === 'file' ? state.sizeBytes : 0
    return { paths: [path], facts: pathFacts(path, state, tree.isStaged(path)), cost: { sizeBytes } }
  },
  perform: ({ path, encoding }, tree) => {
    const { kind } = tree.glance(path)
    if (kind !== 'file' && kind !== 'absent') {
      throw new IceError('files.not_regular', `${JSON.stringify(path)} is ${kindText(kind)}, only regular files are read`)
    }
    const { bytes, state } = tree.read(path, maxReadBytes)
    return {
      result: { ...contentOf(path, bytes, encoding), sizeBytes: bytes.length, digest: state.blob },
      cost: { sizeBytes: bytes.length },
      ...(tree.isStaged(path) ? {} : { reads: [{ path, base: state }] }),
    }
  },
  describe: ({ path }, facts) => `read ${path} (${String(facts['sizeBytes'])} bytes)`,
}

const statAction: FileAction<z.infer<typeof statArgs>> = {
  action: 'files.stat',
  description: 'Says what stands at a path: kind, size, mode, digest.',
  args: statArgs,
  class: 'observe',
  facts: {},
  plan: ({ path }, tree) => ({ paths: [path], facts: pathFacts(path, tree.state(path), tree.isStaged(path)), cost: {} }),
  perform: ({ path }, tree) => {
    const state = tree.state(path)
    if (state.kind !== 'file') return { result: { ...state } }
    return { result: { kind: state.kind, sizeBytes: state.sizeBytes, mode: state.mode, digest: state.blob } }
  },
  describe: ({ path }) => `look at ${path}`,
}

const listAction: FileAction<z.infer<typeof listArgs>> = {
  action: 'files.list',
  description: `Lists a directory, with everything below it when recursive (but ${unwalkedDirectories.join(' and ')}).`,
  args: listArgs,
  class: 'observe',
  facts: { recursive: { type: 'boolean' } },
  plan: ({ path, recursive = false }, tree) => {
    const facts = { ...pathFacts(path, tree.state(path), tree.isStaged(path)), recursive }
    return { paths: [path], facts, cost: {} }
  },
  perform: ({ path, recursive = false, limit = defaultListEntries }, tree) => {
    const entries: JsonObject[] = []
    const walk = walkTree(tree, path, recursive)
    let step = walk.next()
    for (; !step.done && entries.length < limit; step = walk.next()) entries.push(entryOf(tree, step.value))
    const refused = step.done ? step.value : []
    return { result: { entries, truncated: !step.done, refused } }
  },
  describe: ({ path, recursive }) => `list ${path}${recursive === true ? ' and everything below' : ''}`,
}

/** Paths below a directory in order, each directory before what it holds; returns the names in hex that are not UTF-8. */
export function* walkTree(tree: StagedTree, start: string, recursive: boolean): Generator<string, readonly string[]> {
  const { names, refused } = tree.list(start)
  const unnamed = [...refused]
  for (const name of names) {
    const path = joinPath(start, name)
    yield path
    if (!recursive || unwalkedDirectories.includes(name)) continue
    if (tree.glance(path).kind === 'directory') unnamed.push(...(yield* walkTree(tree, path, recursive)))
  }
  return unnamed
}

function entryOf(tree: StagedTree, path: string): JsonObject {
  const { kind, sizeBytes, mode, target } = tree.glance(path)
  return {
    path,
    kind,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(mode === undefined ? {} : { mode }),
    ...(target === undefined ? {} : { target }),
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function contentOf(path: string, bytes: Uint8Array, encoding: 'utf8' | 'base64' | undefined): { readonly [key: string]: Json } {
  if (encoding === 'base64') return { base64: Buffer.from(bytes).toString('base64') }
  try {
    return { text: strictUtf8.decode(bytes) }
  } catch (error) {
    throw new IceError('files.not_regular', `${JSON.stringify(path)} is not UTF-8 text`, { cause: error, hint: 'ask for encoding base64' })
  }
}
