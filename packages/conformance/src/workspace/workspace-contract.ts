import { describe, expect, test } from 'vitest'
import type { Blobs, StagedChange, Workspace } from '@ice-runtime/kernel'
import { commitScenarios } from './commit-scenarios.ts'
import { changesBetween, directory, file, link, stateOf } from './tree.ts'
import type { Tree, TreeNode } from './tree.ts'

/** A workspace with a hand of someone else's in it. */
export interface WorkspaceWorld extends AsyncDisposable {
  readonly workspace: Workspace
  readonly blobs: Blobs
  /** Replaces what stands at a path, or removes it. */
  put(path: string, node: TreeNode | undefined): void
  /** The whole tree, leftovers of commits included. */
  read(): Tree
}

export interface WorkspaceContract {
  readonly name: string
  open(before: Tree): Promise<WorkspaceWorld>
}

const applyId = 'run_000000000001'

/** What every `Workspace` must do, as tests. */
export function workspaceContract(contract: WorkspaceContract): void {
  describe(`${contract.name} commits`, () => committing(contract))
  describe(`${contract.name} against others`, () => conflicting(contract))
  describe(`${contract.name} plans, looks and locks`, () => looking(contract))
}

/** Applies a whole plan, stopping at the first conflict. */
export async function applyAll(workspace: Workspace, id: string, changes: readonly StagedChange[]): Promise<'applied' | 'conflict'> {
  for (const [index, change] of workspace.plan(changes).entries()) {
    const { result } = await workspace.apply(id, index, change)
    if (result === 'conflict') return result
  }
  return 'applied'
}

/** Takes a whole plan back, last change first. */
export async function undoAll(workspace: Workspace, id: string, changes: readonly StagedChange[]): Promise<void> {
  const planned = [...workspace.plan(changes).entries()]
  for (const [index, change] of planned.reverse()) await workspace.undo(id, index, change)
}

function committing({ open }: WorkspaceContract): void {
  for (const { name, before, after } of commitScenarios) {
    test(`${name}: the tree is what was staged, and nothing else`, async () => {
      await using world = await open(before)
      const changes = changesBetween(before, after, world.blobs)
      expect(await world.workspace.recheck(changes, [])).toEqual([])
      expect(await applyAll(world.workspace, applyId, changes)).toBe('applied')
      await world.workspace.discard(applyId, changes)
      expect(world.read()).toEqual(after)
    })

    test(`${name}: undone, the tree is what it was`, async () => {
      await using world = await open(before)
      const changes = changesBetween(before, after, world.blobs)
      await applyAll(world.workspace, applyId, changes)
      await undoAll(world.workspace, applyId, changes)
      await world.workspace.discard(applyId, changes)
      expect(world.read()).toEqual(before)
    })

    test(`${name}: every step may be called again`, async () => {
      await using world = await open(before)
      const { workspace } = world
      const changes = changesBetween(before, after, world.blobs)
      for (const [index, change] of workspace.plan(changes).entries()) {
        expect(await workspace.apply(applyId, index, change)).toEqual({ result: 'applied' })
        expect(await workspace.apply(applyId, index, change)).toEqual({ result: 'applied' })
      }
      expect(await applyAll(workspace, applyId, changes)).toBe('applied')
      await workspace.discard(applyId, changes)
      expect(await applyAll(workspace, applyId, changes)).toBe('applied')
      await workspace.discard(applyId, changes)
      expect(world.read()).toEqual(after)
    })

    test(`${name}: undoing may be called again, and where nothing was done`, async () => {
      await using world = await open(before)
      const changes = changesBetween(before, after, world.blobs)
      await undoAll(world.workspace, applyId, changes)
      expect(world.read()).toEqual(before)
      await applyAll(world.workspace, applyId, changes)
      await undoAll(world.workspace, applyId, changes)
      await undoAll(world.workspace, applyId, changes)
      expect(world.read()).toEqual(before)
    })
  }
}

function conflicting({ open }: WorkspaceContract): void {
  /** [what happened, tree before, tree wanted, path another one touches, what they leave there] */
  const interferences: readonly (readonly [name: string, before: Tree, after: Tree, path: string, theirs: TreeNode | undefined])[] = [
    ['an overwritten file was edited', { a: file('old') }, { a: file('new') }, 'a', file('theirs')],
    ['only the mode was changed', { a: file('old') }, { a: file('new') }, 'a', file('old', 0o755)],
    ['an overwritten file was removed', { a: file('old') }, { a: file('new') }, 'a', undefined],
    ['a removed file was edited', { a: file('old') }, {}, 'a', file('theirs')],
    ['a new name was taken', {}, { a: file('new') }, 'a', file('theirs')],
    ['a new name was taken by a link', {}, { a: file('new') }, 'a', link('/etc/passwd')],
    ['a link was retargeted', { a: link('x') }, { a: link('y') }, 'a', link('z')],
    ['a removed directory was used', { d: directory }, {}, 'd/theirs', file('theirs')],
    ['a replaced directory was used', { d: directory }, { d: file('d') }, 'd/theirs', file('theirs')],
    ['a file became a directory', { a: file('old') }, { a: file('new') }, 'a', directory],
  ]
  for (const [name, before, after, path, theirs] of interferences) {
    test(`${name}: found before anything is touched`, async () => {
      await using world = await open(before)
      const changes = changesBetween(before, after, world.blobs)
      world.put(path, theirs)
      const edited = world.read()
      const conflicts = await world.workspace.recheck(changes, [])
      expect(conflicts).toEqual([{ path, expected: stateOf(before[path], world.blobs), actual: stateOf(theirs, world.blobs) }])
      expect(world.read()).toEqual(edited)
    })

    test(`${name} after the recheck: theirs stands, and what was applied is undone`, async () => {
      const first: Tree = { '0': file('zero') }
      await using world = await open({ ...first, ...before })
      const changes = changesBetween({ ...first, ...before }, { '0': file('changed'), ...after }, world.blobs)
      const { workspace } = world
      const mine = workspace.plan(changes).find((change) => change.path === '0') as StagedChange
      await workspace.apply(applyId, 90, mine)
      world.put(path, theirs)
      const rest = changes.filter((change) => change.path !== '0')
      expect(await applyAll(workspace, applyId, rest)).toBe('conflict')
      await undoAll(workspace, applyId, rest)
      await workspace.undo(applyId, 90, mine)
      await workspace.discard(applyId, changes)
      const { [path]: _replaced, ...others } = { ...first, ...before }
      expect(world.read()).toEqual(theirs === undefined ? others : { ...others, [path]: theirs })
    })
  }

  test('a base that was only read conflicts too', async () => {
    await using world = await open({ a: file('a'), b: file('b') })
    const reads = ['a', 'b', 'missing'].map((path) => ({ path, base: stateOf({ a: file('a'), b: file('b') }[path], world.blobs) }))
    expect(await world.workspace.recheck([], reads)).toEqual([])
    world.put('b', file('theirs'))
    world.put('missing', file('theirs'))
    expect((await world.workspace.recheck([], reads)).map((conflict) => conflict.path)).toEqual(['b', 'missing'])
  })

  test('what was edited after it was applied is not undone', async () => {
    await using world = await open({ a: file('old') })
    const changes = changesBetween({ a: file('old') }, { a: file('new') }, world.blobs)
    await applyAll(world.workspace, applyId, changes)
    world.put('a', file('theirs'))
    await expect(undoAll(world.workspace, applyId, changes)).rejects.toEqual(expect.objectContaining({ code: 'files.conflict' }))
    expect(world.read()['a']).toEqual(file('theirs'))
  })

  test('a directory that others moved into stays', async () => {
    await using world = await open({})
    const changes = changesBetween({}, { d: directory }, world.blobs)
    await applyAll(world.workspace, applyId, changes)
    world.put('d/theirs', file('theirs'))
    await undoAll(world.workspace, applyId, changes)
    await world.workspace.discard(applyId, changes)
    expect(world.read()).toEqual({ d: directory, 'd/theirs': file('theirs') })
  })

  test('a file without a directory to lie in is a conflict', async () => {
    await using world = await open({})
    const changes = changesBetween({}, { 'd/a': file('a') }, world.blobs)
    const conflict = { path: 'd', expected: { kind: 'directory' }, actual: { kind: 'absent' } }
    expect(await world.workspace.recheck(changes, [])).toEqual([conflict])
    expect(await world.workspace.apply(applyId, 0, changes[0] as StagedChange)).toEqual({ result: 'conflict', conflict })
    expect(world.read()).toEqual({})
  })

  test('steps of one commit leave another one’s alone', async () => {
    await using world = await open({ a: file('old') })
    const changes = changesBetween({ a: file('old') }, { a: file('new') }, world.blobs)
    await applyAll(world.workspace, applyId, changes)
    await world.workspace.discard('run_000000000002', changes)
    await undoAll(world.workspace, 'run_000000000002', changes)
    await undoAll(world.workspace, applyId, changes)
    expect(world.read()).toEqual({ a: file('old') })
  })
}

function looking({ open }: WorkspaceContract): void {
  test('the plan does not depend on the order of the changes, and leaves out what changes nothing', async () => {
    await using world = await open({})
    for (const { before, after } of commitScenarios) {
      const changes = changesBetween(before, after, world.blobs)
      const planned = world.workspace.plan(changes)
      expect(world.workspace.plan(changes.toReversed())).toEqual(planned)
      expect(world.workspace.plan(planned)).toEqual(planned)
    }
    const same = stateOf(file('same'), world.blobs)
    expect(world.workspace.plan([{ path: 'a', to: same, base: same }])).toEqual([])
  })

  test('looks at what stands there', async () => {
    const tree: Tree = { a: file('text', 0o755), d: directory, 'd/l': link('../a') }
    await using world = await open(tree)
    for (const path of ['a', 'd', 'd/l', 'missing', 'a/below']) {
      expect(await world.workspace.look(path)).toEqual(stateOf(tree[path], world.blobs))
    }
  })

  test('one holder of the lock at a time', async () => {
    await using world = await open({})
    const held = await world.workspace.lock()
    await expect(world.workspace.lock()).rejects.toEqual(expect.objectContaining({ code: 'workspace.busy' }))
    await held[Symbol.asyncDispose]()
    await using again = await world.workspace.lock()
    expect(again).toBeDefined()
  })
}
