import { expect, test } from 'vitest'
import { digestFromBytes, emptyMap, initialRun, parseRunId } from '@ice-runtime/kernel'
import type { FileState, StagedChange } from '@ice-runtime/kernel'
import { changesText } from './staged-changes.ts'

const absent: FileState = { kind: 'absent' }

function fileOf(content: number, sizeBytes: number, mode = 0o644): FileState {
  return { kind: 'file', blob: digestFromBytes(new Uint8Array(32).fill(content)), sizeBytes, mode }
}

test('each staged path is told for what becomes of it: a file written exactly as it stood is none that changed', () => {
  const changes: readonly StagedChange[] = [
    { path: 'a', base: absent, to: fileOf(1, 3) },
    { path: 'b', base: fileOf(1, 3), to: fileOf(2, 5) },
    { path: 'c', base: fileOf(1, 3), to: absent },
    { path: 'd', base: fileOf(1, 3), to: fileOf(1, 3) },
    { path: 'e', base: fileOf(1, 3), to: fileOf(1, 3, 0o600) },
  ]
  const staged = changes.reduce((manifest, change) => manifest.with(change.path, change), emptyMap<StagedChange>())
  const run = { ...initialRun(parseRunId('run_0000000000story')), staged }
  const told = changesText(run, { paint: (_tone, text) => text })
  expect(told.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
    ['new', 'a'],
    ['changed', 'b'],
    ['deleted', 'c'],
    ['as it was', 'd'],
    ['changed', 'e'],
  ])
})
