import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyAll, directory, file, link, openMemoryBlobs, undoAll } from '@ice-runtime/conformance'
import type { Tree, TreeNode } from '@ice-runtime/conformance'
import { IceError } from '@ice-runtime/kernel'
import type { Json, JsonObject, PreparedAction } from '@ice-runtime/kernel'
import { openWorkspace } from '../../src/files/workspace.ts'
import { openSession } from './file-session.ts'
import type { FileSession } from './file-session.ts'
import { readTree } from './real-tree.ts'

const code = (expected: string): object => expect.objectContaining({ code: expected })
const preparedBy = (session: FileSession, action: string, args: JsonObject): PreparedAction => {
  const answer = session.prepare(action, args)
  if ('refused' in answer) throw new Error(answer.detail)
  return answer
}

describe('reading', () => {
  test('returns text with size and digest, and names the base it relied on', () => {
    using session = openSession({ 'a.txt': file('grüße', 0o640) })
    const receipt = session.run('files.read', { path: 'a.txt' })
    const { blob } = session.blobs.put(Buffer.from('grüße'))
    expect(receipt.result).toEqual({ text: 'grüße', sizeBytes: 7, digest: blob })
    expect(receipt.reads).toEqual([{ path: 'a.txt', base: { kind: 'file', blob, sizeBytes: 7, mode: 0o640 } }])
  })

  test('hands over what is no text as base64 only', () => {
    using session = openSession({})
    fs.writeFileSync(`${session.path}/bin`, Buffer.from([0xff, 0x00]))
    expect(() => session.run('files.read', { path: 'bin' })).toThrow(code('files.not_regular'))
    expect(session.result('files.read', { path: 'bin', encoding: 'base64' })['base64']).toBe('/wA=')
  })

  test('refuses hard links, and says why', () => {
    using session = openSession({ a: file('a') })
    fs.linkSync(`${session.path}/a`, `${session.path}/b`)
    expect(() => session.run('files.read', { path: 'b' })).toThrow(/one name/)
    expect(() => session.run('files.write', { path: 'b', content: '' })).toThrow(code('files.not_regular'))
    expect(() => session.run('files.delete', { path: 'b' })).toThrow(code('files.not_regular'))
  })

  test('refuses what is larger than its bound', () => {
    using session = openSession({ a: file('x'.repeat(4 * 1024 * 1024 + 1)) })
    expect(() => session.run('files.read', { path: 'a' })).toThrow(code('files.too_large'))
  })

  test('a file that changed between the decision and the act is not read', () => {
    using session = openSession({ a: file('decided') })
    const prepared = preparedBy(session, 'files.read', { path: 'a' })
    fs.writeFileSync(`${session.path}/a`, 'changed')
    expect(() => session.perform(prepared)).toThrow(code('facts.changed'))
  })

  test('states flat facts about the path', () => {
    using session = openSession({ d: directory, 'd/Key.PEM': file('k', 0o600) })
    expect(preparedBy(session, 'files.read', { path: 'd/Key.PEM' })).toMatchObject({
      resources: ['file:d/Key.PEM'],
      class: 'observe',
      label: 'trusted/secret',
      facts: {
        path: 'd/Key.PEM',
        extension: 'pem',
        kind: 'file',
        exists: true,
        sizeBytes: 1,
        mode: 0o600,
        secretShaped: true,
        staged: false,
      },
    })
    expect(preparedBy(session, 'files.list', { path: '.' }).resources).toEqual(['file:.'])
    expect(preparedBy(session, 'files.read', { path: 'none' }).facts).toMatchObject({ exists: false, kind: 'absent', secretShaped: false })
  })

  test('lists in order, links unfollowed, tool directories unentered', () => {
    const tree: Tree = { b: file('b'), a: directory, 'a/x': file('x'), l: link('a'), '.git': directory, '.git/config': file('') }
    using session = openSession(tree)
    const paths = (args: JsonObject): unknown =>
      (session.result('files.list', args)['entries'] as JsonObject[]).map((entry) => entry['path'])
    expect(paths({ path: '.', recursive: true })).toEqual(['.git', 'a', 'a/x', 'b', 'l'])
    expect(paths({ path: '.git' })).toEqual(['.git/config'])
    expect(session.result('files.list', { path: '.', limit: 2 })).toMatchObject({ truncated: true })
    expect(() => session.run('files.list', { path: 'l' })).toThrow(code('files.not_regular'))
    expect(session.result('files.stat', { path: 'l' })).toEqual({ kind: 'symlink', target: 'a' })
  })

  test('search finds lines, and leaves out secrets, binaries and what is staged away', () => {
    using session = openSession({ a: file('one\nNeedle two\n'), '.env': file('needle'), bin: file('needle\0'), gone: file('needle') })
    session.run('files.delete', { path: 'gone' })
    session.run('files.write', { path: 'new', content: 'a needle' })
    const found = session.result('files.search', { path: '.', text: 'needle', ignoreCase: true })
    expect(found['matches']).toEqual([
      { path: 'a', line: 2, column: 1, text: 'Needle two' },
      { path: 'new', line: 1, column: 3, text: 'a needle' },
    ])
    expect(session.result('files.search', { path: '.', text: 'needle' })['matches']).toHaveLength(1)
    expect(session.result('files.search', { path: '.env', text: 'needle' })['matches']).toHaveLength(1)
    expect(preparedBy(session, 'files.search', { path: '.env', text: 'needle' }).facts['secretShaped']).toBe(true)
  })
})

describe('changing', () => {
  test('leaves the workspace alone, and is seen by every later reading', () => {
    const before: Tree = { a: file('old', 0o755), d: directory, 'd/x': file('x') }
    using session = openSession(before)
    session.run('files.write', { path: 'a', content: 'new' })
    session.run('files.write', { path: 'n/e/w', content: 'made' })
    session.run('files.move', { from: 'd', to: 'm' })
    expect(readTree(session.path)).toEqual(before)
    expect(session.result('files.read', { path: 'a' })['text']).toBe('new')
    expect(session.result('files.stat', { path: 'a' })).toMatchObject({ mode: 0o755 })
    expect(session.result('files.read', { path: 'm/x' })['text']).toBe('x')
    expect(session.result('files.stat', { path: 'd/x' })).toEqual({ kind: 'absent' })
    expect(session.run('files.read', { path: 'n/e/w' }).reads).toBeUndefined()
  })

  test('hides what others put into a directory that the run removed or moved', () => {
    using session = openSession({ d: directory, e: directory })
    session.run('files.delete', { path: 'd' })
    session.run('files.move', { from: 'e', to: 'm' })
    fs.writeFileSync(`${session.path}/d/theirs`, '')
    fs.mkdirSync(`${session.path}/m`)
    fs.writeFileSync(`${session.path}/m/theirs`, '')
    for (const path of ['d/theirs', 'm/theirs']) {
      expect(session.result('files.stat', { path })).toEqual({ kind: 'absent' })
      expect(() => session.run('files.read', { path })).toThrow(code('files.not_found'))
    }
    expect(() => session.run('files.list', { path: 'd' })).toThrow(code('files.not_found'))
    expect(session.result('files.list', { path: 'm' })['entries']).toEqual([])
  })

  test('keeps the first base, whatever the workspace becomes', () => {
    using session = openSession({ a: file('first') })
    const before = session.root.readFile('a', { maxBytes: 9 }).bytes
    session.run('files.write', { path: 'a', content: 'second' })
    fs.writeFileSync(`${session.path}/a`, 'theirs')
    const [change] = session.run('files.write', { path: 'a', content: 'third' }).changes ?? []
    expect(change?.base).toEqual({ kind: 'file', ...session.blobs.put(before), mode: 0o644 })
  })

  test('keeps what it replaces, so that the difference can be shown', () => {
    using session = openSession({ a: file('old') })
    const { base } = session.run('files.delete', { path: 'a' }).changes?.[0] ?? {}
    expect(base?.kind === 'file' && Buffer.from(session.blobs.get(base.blob)).toString()).toBe('old')
  })

  test('names every path of a tree as a resource, and a secret among them as a fact', () => {
    using session = openSession({ d: directory, 'd/.env': file(''), 'd/e': directory })
    const moved = preparedBy(session, 'files.move', { from: 'd', to: 'm' })
    expect(moved.resources).toEqual(['file:d', 'file:d/.env', 'file:d/e', 'file:m', 'file:m/.env', 'file:m/e'])
    expect(moved.facts).toMatchObject({ secretShaped: true, count: 3 })
    expect(preparedBy(session, 'files.delete', { path: 'd', recursive: true }).facts).toMatchObject({ secretShaped: true, count: 3 })
  })

  test('sets and keeps the executable bit', () => {
    using session = openSession({ run: file('', 0o750) })
    const mode = (path: string): unknown => session.result('files.stat', { path })['mode']
    session.run('files.write', { path: 'run', content: 'x' })
    session.run('files.write', { path: 'tool', content: 'x', executable: true })
    session.run('files.write', { path: 'plain', content: 'x' })
    expect([mode('run'), mode('tool'), mode('plain')]).toEqual([0o750, 0o755, 0o644])
    session.run('files.write', { path: 'run', content: 'x', executable: false })
    expect(mode('run')).toBe(0o640)
  })

  test('does not write through links, of the workspace or staged', () => {
    using session = openSession({ d: directory, l: link('d'), out: link('/tmp') })
    for (const path of ['l/x', 'out/x']) expect(() => session.run('files.write', { path, content: '' })).toThrow(code('files.outside_root'))
    session.run('files.move', { from: 'l', to: 'k' })
    expect(() => session.run('files.write', { path: 'k/x', content: '' })).toThrow(code('files.outside_root'))
  })

  test('refuses to act on a tree that grew after the decision', () => {
    using session = openSession({ d: directory, 'd/a': file('a') })
    const prepared = preparedBy(session, 'files.delete', { path: 'd', recursive: true })
    fs.writeFileSync(`${session.path}/d/b`, 'theirs')
    expect(() => session.perform(prepared)).toThrow(code('facts.changed'))
  })
})

const names = ['a', 'b', 'd', 'd/a', 'd/e', 'd/e/b', 'm', 'm/x', 'café', 'cafe\u0301'] as const
const anyPath = fc.constantFrom(...names)
const anyAction = fc.oneof(
  fc.record({
    action: fc.constant('files.write'),
    args: fc.record({ path: anyPath, content: fc.constantFrom('', 'x', 'y\n'), executable: fc.boolean() }),
  }),
  fc.record({ action: fc.constant('files.delete'), args: fc.record({ path: anyPath, recursive: fc.boolean() }) }),
  fc.record({ action: fc.constant('files.move'), args: fc.record({ from: anyPath, to: anyPath }) }),
)
const mixed: Tree = {
  a: file('a'),
  l: link('a'),
  d: directory,
  'd/a': file('da', 0o755),
  'd/e': directory,
  'd/e/b': link('../..'),
  café: file('nfc'),
}

test.each<[string, JsonObject]>([
  ['files.write', { path: 'made/new', content: 'x' }],
  ['files.write', { path: 'a', content: 'x' }],
  ['files.delete', { path: 'dir', recursive: true }],
  ['files.move', { from: 'a', to: 'b' }],
])('%s is previewed as it is then staged, and a preview leaves nothing behind', (action, args) => {
  using session = openSession({ a: file('old'), dir: directory, 'dir/c': file('c') })
  const prepared = session.prepare(action, args)
  if ('refused' in prepared) throw new Error(prepared.detail)
  const own = openMemoryBlobs()
  const shown = session.preview(prepared, own)
  expect([shown.length > 0, session.changes()]).toEqual([true, []])
  const kept = shown.flatMap(({ base, to }) => [base, to]).filter((state) => state.kind === 'file')
  for (const { blob } of kept) expect([own.has(blob), session.blobs.has(blob)]).toEqual([true, false])
  expect(session.perform(prepared).changes).toEqual(shown)
})

test('what a run sees staged is what the commit leaves, whatever it did; undone, nothing happened', async () => {
  const property = fc.asyncProperty(fc.array(anyAction, { minLength: 1, maxLength: 12 }), async (actions) => {
    using session = openSession(mixed)
    for (const { action, args } of actions) {
      try {
        session.run(action, args)
      } catch (error) {
        // An action that cannot be done is part of the story; it must leave no trace in the staging.
        if (!(error instanceof IceError)) throw error
      }
    }
    const seen = viewOf(session)
    const workspace = openWorkspace({ root: session.root, blobs: session.blobs })
    const changes = session.changes()
    expect(await workspace.recheck(changes, [])).toEqual([])
    expect(await applyAll(workspace, 'run_property', changes)).toBe('applied')
    await undoAll(workspace, 'run_property', changes)
    expect(readTree(session.path)).toEqual(mixed)
    expect(await applyAll(workspace, 'run_property', changes)).toBe('applied')
    await workspace.discard('run_property', changes)
    expect(readTree(session.path)).toEqual(seen)
  })
  await fc.assert(property, { numRuns: 150 })
})

function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError('no text')
  return value
}

function viewOf(session: FileSession): Tree {
  const tree: { [path: string]: TreeNode } = {}
  for (const entry of session.result('files.list', { path: '.', recursive: true })['entries'] as JsonObject[]) {
    const path = textOf(entry['path'])
    if (entry['kind'] === 'directory') tree[path] = directory
    else if (entry['kind'] === 'symlink') tree[path] = link(textOf(entry['target']))
    else tree[path] = file(textOf(session.result('files.read', { path })['text']), Number(entry['mode']))
  }
  return tree
}
