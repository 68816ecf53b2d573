import { expect, test } from 'vitest'
import { applyAll, changesBetween, file, link, openMemoryBlobs, undoAll } from '@ice-runtime/conformance'
import type { Tree, TreeNode } from '@ice-runtime/conformance'
import { openRoot } from '@ice-runtime/isolation'
import type { SystemCalls } from '@ice-runtime/isolation'
import { openWorkspace } from '../../src/files/workspace.ts'
import { makeDirectory, putNode, readTree, writeTree } from './real-tree.ts'
import { MachineStopped, stoppingMachine } from './stopping-calls.ts'

const applyId = 'run_000000000001'

/** [what is done, tree before, tree wanted, what another one puts at `a` in the instant before the swap] */
const races: readonly (readonly [name: string, before: Tree, after: Tree, theirs: TreeNode | undefined])[] = [
  ['overwritten and edited', { a: file('old') }, { a: file('new') }, file('theirs')],
  ['overwritten and removed', { a: file('old') }, { a: file('new') }, undefined],
  ['overwritten and made a link', { a: file('old') }, { a: file('new') }, link('/etc/passwd')],
  ['created and taken', {}, { a: file('new') }, file('theirs')],
  ['removed and edited', { a: file('old') }, {}, file('theirs')],
  ['retargeted and replaced', { a: link('x') }, { a: link('y') }, file('theirs')],
]

test.each(races)('a file %s in the same instant: theirs stands, wherever the machine stops', async (_name, before, after, theirs) => {
  const blobs = openMemoryBlobs()
  const changes = changesBetween(before, after, blobs)
  for (let stopAt = 0, completed = false; !completed; stopAt += 1) {
    using directory = makeDirectory()
    writeTree(directory.path, before)
    const interference = { done: false }
    const machine = stoppingMachine(stopAt)
    const calls: SystemCalls = {
      ...machine.calls,
      rename: (...args) => {
        if (!interference.done) putNode(`${directory.path}/a`, theirs)
        interference.done = true
        machine.calls.rename(...args)
      },
    }
    completed = await conflictsOrStops(directory.path, calls, changes)
    const expected: Tree = interference.done ? (theirs === undefined ? {} : { a: theirs }) : before
    // The conflict itself puts theirs back; undoing afterwards only has to leave it so.
    expect(completed ? readTree(directory.path) : expected).toEqual(expected)
    using root = openRoot(directory.path)
    const workspace = openWorkspace({ root, blobs })
    await undoAll(workspace, applyId, changes)
    await workspace.discard(applyId, changes)
    expect(readTree(directory.path), `stopped before change ${stopAt}`).toEqual(expected)
  }

  async function conflictsOrStops(top: string, calls: SystemCalls, planned: typeof changes): Promise<boolean> {
    using root = openRoot(top, { calls })
    try {
      expect(await applyAll(openWorkspace({ root, blobs }), applyId, planned)).toBe('conflict')
      return true
    } catch (error) {
      if (error instanceof MachineStopped) return false
      throw error
    }
  }
})

test('edits made through a descriptor that outlived the swap are not discarded', async () => {
  const blobs = openMemoryBlobs()
  const changes = changesBetween({ a: file('old') }, { a: file('new') }, blobs)
  using directory = makeDirectory()
  writeTree(directory.path, { a: file('old') })
  using root = openRoot(directory.path)
  const workspace = openWorkspace({ root, blobs })
  await applyAll(workspace, applyId, changes)
  putNode(`${directory.path}/.ice-${applyId}-0`, file('late edit'))
  await workspace.discard(applyId, changes)
  await workspace.discard(applyId, changes)
  expect(readTree(directory.path)).toEqual({ a: file('new'), [`.ice-${applyId}-0.edited`]: file('late edit') })
})
