import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { applyAll, changesBetween, directory, file, openMemoryBlobs, undoAll } from '@ice-runtime/conformance'
import type { Tree } from '@ice-runtime/conformance'
import { openRoot } from '@ice-runtime/isolation'
import { openWorkspace } from '../../src/files/workspace.ts'
import type { KilledCommit } from './killed-commit.ts'
import { makeDirectory, readTree, writeTree } from './real-tree.ts'

const program = fileURLToPath(new URL('killed-commit.ts', import.meta.url))
const applyId = 'run_000000000001'
const before: Tree = { a: file('old'), gone: file('gone') }
const after: Tree = { a: file('new'), d: directory, 'd/made': file('made', 0o755) }
/** More than the commit has, so that the sweep shows that it saw the end. */
const maxPoints = 100
/** Every point is swept in one process beside this; here a few real deaths show that nothing depends on the process living on. */
const pointStep = 4

test.each([
  ['finished', after],
  ['taken back', before],
] as const)(
  'a commit killed before any of its system calls is %s by the next process, which gets the lock',
  async (wanted, end) => {
    const blobs = openMemoryBlobs()
    const changes = changesBetween(before, after, blobs)
    const texts = Object.values(after).flatMap((node) => (node.kind === 'file' ? [node.text] : []))
    const contents = Object.fromEntries(texts.map((text) => [blobs.put(Buffer.from(text)).blob, text]))
    const points = { killed: 0, completed: false }
    // Undoing is for commits that did not end, so its sweep ends one point earlier; each takes its own points.
    for (let stopAt = wanted === 'finished' ? 0 : 1; !points.completed && stopAt < maxPoints; stopAt += pointStep) {
      using place = makeDirectory()
      using notes = makeDirectory()
      writeTree(place.path, before)
      const told: KilledCommit = { top: place.path, applyId, stopAt, changes, contents }
      writeFileSync(`${notes.path}/told.json`, JSON.stringify(told))
      const { status, signal, stderr } = spawnSync(process.execPath, ['--conditions=source', program, `${notes.path}/told.json`], {
        encoding: 'utf8',
      })
      if (signal !== 'SIGKILL' && status !== 0) throw new Error(stderr)
      points.completed = signal === null
      points.killed += signal === null ? 0 : 1
      using root = openRoot(place.path)
      const workspace = openWorkspace({ root, blobs, lockWaitMs: 0 })
      await using _lock = await workspace.lock()
      const isWhole = readTree(place.path)['d/made'] !== undefined
      if (wanted === 'finished' || isWhole) await applyAll(workspace, applyId, changes)
      else await undoAll(workspace, applyId, changes)
      await workspace.discard(applyId, changes)
      expect(readTree(place.path), `killed before change ${stopAt}`).toEqual(isWhole ? after : end)
    }
    expect(points.completed).toBe(true)
    expect(points.killed).toBeGreaterThan(5)
  },
  120_000,
)
