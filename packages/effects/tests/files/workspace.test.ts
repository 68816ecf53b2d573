import { expect, test } from 'vitest'
import { openMemoryBlobs, workspaceContract } from '@ice-runtime/conformance'
import { openRoot } from '@ice-runtime/isolation'
import { openWorkspace } from '../../src/files/workspace.ts'
import { makeDirectory, putNode, readTree, writeTree } from './real-tree.ts'

workspaceContract({
  name: 'the real workspace',
  open: async (before) => {
    const directory = makeDirectory()
    writeTree(directory.path, before)
    const root = openRoot(directory.path)
    const blobs = openMemoryBlobs()
    return {
      workspace: openWorkspace({ root, blobs, lockWaitMs: 0 }),
      blobs,
      put: (path, node) => putNode(`${directory.path}/${path}`, node),
      read: () => readTree(directory.path),
      [Symbol.asyncDispose]: async () => {
        root[Symbol.dispose]()
        directory[Symbol.dispose]()
      },
    }
  },
})

test('the identity of a workspace is its directory', () => {
  using directory = makeDirectory()
  using root = openRoot(directory.path)
  expect(openWorkspace({ root, blobs: openMemoryBlobs() }).identity).toBe(root.identity)
})
