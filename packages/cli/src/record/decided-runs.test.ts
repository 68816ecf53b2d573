import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import { defineEffect } from '@ice-runtime/effects'
import { createIce } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import type { RunId } from '@ice-runtime/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { decidedRuns, withDescendants } from './decided-runs.ts'
import { runSummaries } from './run-summaries.ts'

let root: string
let ice: Ice
let runs: readonly RunId[]

const ring = defineEffect<{ readonly times: number }, null>({
  action: 'bell.ring',
  version: 1,
  description: 'Rings.',
  args: z.strictObject({ times: z.int() }),
  class: 'observe',
  egress: () => [],
  costBound: {},
  resources: () => ['bell:door'],
  describe: () => 'rings',
  perform: () => Promise.resolve({ result: null }),
})

const reader = functionAgent({
  name: 'reader',
  version: '1.0.0',
  requests: [],
  run: async (_input: null, { propose }) => {
    for (let count = 0; count < 2; count += 1) await propose('files.read', { path: 'a.txt' })
  },
})

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ice-decided-runs-'))
  const workspace = join(root, 'workspace')
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'a.txt'), 'a')
  ice = await createIce({ workspace, data: join(root, 'data'), effects: [ring] })
  const started: RunId[] = []
  for (let count = 0; count < 2; count += 1) {
    const { id, done } = await ice.run(reader, { allow: ['files.read:a.txt'] })
    await done
    started.push(id)
  }
  runs = started
})
afterAll(async () => {
  await ice.close('finish')
  rmSync(root, { recursive: true, force: true })
})

test.each([
  { enough: 1, decisions: 1, runsCount: 1, isPartial: true },
  { enough: 2, decisions: 2, runsCount: 1, isPartial: true },
  { enough: 3, decisions: 3, runsCount: 2, isPartial: true },
  { enough: 4, decisions: 4, runsCount: 2, isPartial: false },
])('$enough decisions are enough: the newest run first, and whether there was more is said', ({ enough, decisions, ...read }) => {
  const found = decidedRuns(ice.store, [...runSummaries(ice.store)], enough)
  expect(found).toMatchObject(read)
  expect(found.requests).toHaveLength(decisions)
  const newest = runs.at(-1) ?? ''
  expect(found.requests.slice(0, 2).every(({ from }) => from.startsWith(newest))).toBe(true)
})

test('the actions are those of this version and those that programs defined', () => {
  const names = decidedRuns(ice.store, [...runSummaries(ice.store)]).actions.map(({ action }) => action)
  expect(names).toEqual(expect.arrayContaining(['files.read', 'bell.ring']))
  expect(new Set(names).size).toBe(names.length)
  expect(decidedRuns(ice.store, []).actions.map(({ action }) => action)).not.toContain('bell.ring')
})

test('a run without children is alone', () => {
  const [first] = runSummaries(ice.store)
  expect(first === undefined ? [] : withDescendants(ice.store, [first])).toEqual([first])
})
