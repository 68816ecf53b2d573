import { openMemoryBlobs, stateOf, workspaceContract } from '@ice-runtime/conformance'
import type { TreeNode } from '@ice-runtime/conformance'
import type { FileState } from '@ice-runtime/kernel'
import { openVolatileWorkspace } from '../../src/files/volatile-workspace.ts'

workspaceContract({
  name: 'the volatile workspace',
  open: async (before) => {
    const blobs = openMemoryBlobs()
    const files = new Map<string, FileState>()
    const put = (path: string, node: TreeNode | undefined): void => {
      for (const inside of files.keys()) if (inside === path || inside.startsWith(`${path}/`)) files.delete(inside)
      if (node !== undefined) files.set(path, stateOf(node, blobs))
    }
    for (const [path, node] of Object.entries(before)) put(path, node)
    const nodeOf = (state: FileState): TreeNode => {
      if (state.kind === 'file') return { kind: 'file', text: Buffer.from(blobs.get(state.blob)).toString(), mode: state.mode }
      if (state.kind === 'absent' || state.kind === 'other') throw new Error('not a node')
      return state
    }
    return {
      workspace: openVolatileWorkspace({ identity: 'volatile', files, lockWaitMs: 0 }),
      blobs,
      put,
      read: () => Object.fromEntries([...files].map(([path, state]) => [path, nodeOf(state)])),
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
})
