import { z } from 'zod'
import { IceError, isSecretShaped } from '@ice-runtime/kernel'
import type { Driver, Facts, FileState, StagedChange } from '@ice-runtime/kernel'
import { absent, digestOf } from './file-state.ts'
import { contentArgument, contentBytes, maxWriteBytes, pathArgument } from './file-args.ts'
import { fileDriver, kindText, pathFacts } from './file-driver.ts'
import type { FileAction, FileDriverOptions } from './file-driver.ts'
import { treeBelow } from './staged-tree.ts'
import type { StagedTree } from './staged-tree.ts'
import { changeTo, missingParents } from './staging.ts'

/** Most paths one action may delete or move: each is a resource that a grant must cover, and one record names them all. */
export const maxTreeEntries = 1000
const newFileMode = 0o644
const executableBits = 0o111

const writeArgs = z.strictObject({
  path: pathArgument,
  content: contentArgument,
  encoding: z.enum(['utf8', 'base64']).optional(),
  executable: z.boolean().optional(),
})
const deleteArgs = z.strictObject({ path: pathArgument, recursive: z.boolean().optional() })
const moveArgs = z.strictObject({ from: pathArgument, to: pathArgument })

/** `files.write`, `files.delete` and `files.move`. They change the run's staging, never the workspace. */
export function changingDrivers(options: FileDriverOptions): readonly Driver[] {
  return [fileDriver(writeAction, options), fileDriver(deleteAction, options), fileDriver(moveAction, options)]
}

const writeAction: FileAction<z.infer<typeof writeArgs>> = {
  action: 'files.write',
  description: 'Writes a whole file, new or replaced, with the directories it needs. An existing mode is kept.',
  args: writeArgs,
  class: 'staged',
  facts: { newSizeBytes: { type: 'integer' }, newDigest: { type: 'string' }, newMode: { type: 'integer' } },
  plan: (args, tree) => {
    const bytes = bytesOf(args)
    const state = tree.state(args.path)
    const facts = { ...pathFacts(args.path, state, tree.isStaged(args.path)), newSizeBytes: bytes.length, newDigest: digestOf(bytes) }
    return { paths: [args.path], facts: { ...facts, newMode: modeOf(args, state) }, cost: { sizeBytes: bytes.length } }
  },
  perform: (args, tree, { blobs }) => {
    const { path } = args
    const state = tree.state(path)
    if (state.kind !== 'file' && state.kind !== 'absent') {
      throw new IceError('files.not_regular', `${JSON.stringify(path)} is ${kindText(state.kind)}, which a write does not replace`)
    }
    const parents = missingParents(tree, path)
    const { blob, sizeBytes } = blobs.put(bytesOf(args))
    const change = changeTo({ tree, blobs }, path, { kind: 'file', blob, sizeBytes, mode: modeOf(args, state) })
    return { result: { path, sizeBytes, digest: blob }, cost: { sizeBytes }, changes: [...parents, change] }
  },
  describe: ({ path, content, encoding }, facts) => {
    const verb = facts['exists'] === true ? `replace ${path} (${String(facts['sizeBytes'])} bytes)` : `create ${path}`
    const header = `${verb} with ${String(facts['newSizeBytes'])} bytes, mode ${Number(facts['newMode']).toString(8)}`
    return encoding === 'base64' ? `${header}, sha256 ${String(facts['newDigest'])}` : `${header}\n${content}`
  },
}

const deleteAction: FileAction<z.infer<typeof deleteArgs>> = {
  action: 'files.delete',
  description: 'Deletes a file, a link or an empty directory; a whole directory when recursive.',
  args: deleteArgs,
  class: 'staged',
  facts: { count: { type: 'integer' }, recursive: { type: 'boolean' } },
  plan: ({ path, recursive = false }, tree) => {
    const paths = recursive ? treeBelow(tree, path, maxTreeEntries) : [path]
    return { paths, facts: { ...treeFacts(tree, path, paths), recursive }, cost: {} }
  },
  perform: ({ path, recursive = false }, tree, { blobs }) => {
    const paths = recursive ? treeBelow(tree, path, maxTreeEntries) : [path]
    for (const one of paths) expectRemovable(one, tree.glance(one).kind)
    if (!recursive && tree.glance(path).kind === 'directory' && treeBelow(tree, path, maxTreeEntries).length > 1) {
      throw new IceError('files.conflict', `${JSON.stringify(path)} is not empty`, { hint: 'delete it with recursive' })
    }
    return { result: { deleted: paths.length }, changes: paths.toReversed().map((one) => changeTo({ tree, blobs }, one, absent)) }
  },
  describe: ({ path }, facts) =>
    `delete ${path}${Number(facts['count']) > 1 ? ` and the ${Number(facts['count']) - 1} entries below` : ''}`,
}

const moveAction: FileAction<z.infer<typeof moveArgs>> = {
  action: 'files.move',
  description: 'Moves a file, a link or a whole directory to a free name.',
  args: moveArgs,
  class: 'staged',
  facts: { count: { type: 'integer' }, to: { type: 'string' }, toExists: { type: 'boolean' } },
  plan: ({ from, to }, tree) => {
    const paths = treeBelow(tree, from, maxTreeEntries)
    const targets = paths.map((path) => to + path.slice(from.length))
    const facts = { ...treeFacts(tree, from, [...paths, ...targets]), to, toExists: tree.glance(to).kind !== 'absent' }
    return { paths: [...paths, ...targets], facts: { ...facts, count: paths.length }, cost: {} }
  },
  perform: ({ from, to }, tree, { blobs }) => {
    if (to === from || to.startsWith(`${from}/`))
      throw new IceError('files.conflict', `${JSON.stringify(from)} cannot be moved into itself`)
    if (tree.glance(to).kind !== 'absent') throw new IceError('files.conflict', `something stands at ${JSON.stringify(to)}`)
    const paths = treeBelow(tree, from, maxTreeEntries)
    const states = paths.map((path) => ({ path, state: movedState(tree, path) }))
    const parents = missingParents(tree, to)
    for (const { path, state } of states) if (state.kind === 'file' && !tree.isStaged(path)) blobs.put(tree.read(path).bytes)
    const removals = states.toReversed().map(({ path }) => changeTo({ tree, blobs }, path, absent))
    const additions: readonly StagedChange[] = states.map(({ path, state }) => {
      const target = to + path.slice(from.length)
      return { path: target, to: state, base: tree.base(target) }
    })
    return { result: { moved: paths.length }, changes: [...removals, ...parents, ...additions] }
  },
  describe: ({ from, to }) => `move ${from} to ${to}`,
}

function bytesOf({ content, encoding }: z.infer<typeof writeArgs>): Uint8Array {
  const bytes = contentBytes(content, encoding)
  if (bytes === undefined) throw new IceError('args.invalid', 'content: is no canonical base64')
  if (bytes.length > maxWriteBytes) throw new IceError('args.invalid', `content: has more than ${maxWriteBytes} bytes`)
  return bytes
}

function modeOf({ executable }: z.infer<typeof writeArgs>, state: FileState): number {
  const mode = state.kind === 'file' ? state.mode : newFileMode
  if (executable === undefined) return mode
  return executable ? mode | executableBits : mode & ~executableBits
}

/** Facts of the first path, with what must be known of all: how many, and whether a secret is among them. */
function treeFacts(tree: StagedTree, path: string, paths: readonly string[]): Facts {
  return { ...pathFacts(path, tree.state(path), tree.isStaged(path)), secretShaped: paths.some(isSecretShaped), count: paths.length }
}

function movedState(tree: StagedTree, path: string): FileState {
  const state = tree.state(path)
  expectRemovable(path, state.kind)
  return state
}

function expectRemovable(path: string, kind: FileState['kind']): void {
  const shown = JSON.stringify(path)
  if (kind === 'absent') throw new IceError('files.not_found', `nothing stands at ${shown}`)
  if (kind === 'other') throw new IceError('files.not_regular', `${shown} is ${kindText(kind)}`)
}
