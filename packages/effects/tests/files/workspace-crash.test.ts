import { expect, test } from 'vitest'
import { applyAll, changesBetween, commitScenarios, openMemoryBlobs, undoAll } from '@ice-runtime/conformance'
import type { CommitScenario } from '@ice-runtime/conformance'
import type { Blobs, StagedChange, Workspace } from '@ice-runtime/kernel'
import { openRoot } from '@ice-runtime/isolation'
import { openWorkspace } from '../../src/files/workspace.ts'
import { makeDirectory, readTree, writeTree } from './real-tree.ts'
import { MachineStopped, stoppingMachine } from './stopping-calls.ts'

const applyId = 'run_000000000001'
/** Far more changes than any scenario makes: a sweep that gets here does not end by itself. */
const maxPoints = 2000

type Steps = (workspace: Workspace, changes: readonly StagedChange[]) => Promise<unknown>

const commit: Steps = async (workspace, changes) => {
  expect(await applyAll(workspace, applyId, changes)).toBe('applied')
  await workspace.discard(applyId, changes)
}
const takeBack: Steps = async (workspace, changes) => {
  await undoAll(workspace, applyId, changes)
  await workspace.discard(applyId, changes)
}
const applyOnly: Steps = (workspace, changes) => applyAll(workspace, applyId, changes)

interface Sweep {
  readonly scenario: CommitScenario
  /** Done before, undisturbed. */
  readonly first?: Steps
  /** Stopped before each of its changes in turn. */
  readonly stopped: Steps
  /** What the next process does. */
  readonly next: Steps
  readonly ends: 'before' | 'after'
}

/** Runs the sweep on a fresh tree for every point, and returns how many points there were. */
async function sweep({ scenario, first, stopped, next, ends }: Sweep): Promise<number> {
  const blobs = openMemoryBlobs()
  const changes = changesBetween(scenario.before, scenario.after, blobs)
  for (let stopAt = 0; stopAt < maxPoints; stopAt += 1) {
    using directory = makeDirectory()
    writeTree(directory.path, scenario.before)
    if (first !== undefined) await inProcess(directory.path, blobs, (workspace) => first(workspace, changes))
    const completed = await inProcess(directory.path, blobs, (workspace) => stopped(workspace, changes), stopAt)
    await inProcess(directory.path, blobs, (workspace) => next(workspace, changes))
    expect(readTree(directory.path), `stopped before change ${stopAt}`).toEqual(scenario[ends])
    if (completed) return stopAt
  }
  throw new Error('the sweep did not end')
}

/** One process on the workspace. True when it came to its end, false when the machine stopped first. */
async function inProcess(top: string, blobs: Blobs, work: (workspace: Workspace) => Promise<unknown>, stopAt?: number): Promise<boolean> {
  using root = openRoot(top, { calls: stoppingMachine(stopAt).calls })
  try {
    await work(openWorkspace({ root, blobs }))
    return true
  } catch (error) {
    if (error instanceof MachineStopped) return false
    throw error
  }
}

let points = 0

test.each(commitScenarios)('stopped anywhere in a commit, $name ends whole when called again', async (scenario) => {
  const found = await sweep({ scenario, stopped: commit, next: commit, ends: 'after' })
  points += found
  expect(found).toBeGreaterThan(1)
})

test.each(commitScenarios)('stopped anywhere while applying, $name can be taken back', async (scenario) => {
  const found = await sweep({ scenario, stopped: applyOnly, next: takeBack, ends: 'before' })
  points += found
  expect(found).toBeGreaterThan(0)
})

test.each(commitScenarios)('stopped anywhere while being undone, $name is undone when called again', async (scenario) => {
  const found = await sweep({ scenario, first: applyOnly, stopped: takeBack, next: takeBack, ends: 'before' })
  points += found
  expect(found).toBeGreaterThan(0)
})

test('one sync for each new file and one for each touched directory', async () => {
  const blobs = openMemoryBlobs()
  const before = { d: { kind: 'directory' }, 'd/a': { kind: 'file', text: 'a', mode: 0o644 } } as const
  const file = { kind: 'file', text: 'new', mode: 0o644 } as const
  const changes = changesBetween(before, { d: before.d, 'd/b': file, 'd/c': file, e: file }, blobs)
  using directory = makeDirectory()
  writeTree(directory.path, before)
  const machine = stoppingMachine()
  using root = openRoot(directory.path, { calls: machine.calls })
  await commit(openWorkspace({ root, blobs }), changes)
  expect(machine.syncs()).toBe(3 + 2)
})

test('the sweeps met as many points as a commit has system calls', () => {
  expect(points).toBeGreaterThan(500)
})
