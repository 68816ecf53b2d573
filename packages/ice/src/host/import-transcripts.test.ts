import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IceEntry, RunSummary } from '@ice-runtime/kernel'
import { readEntries, verifyStore } from '@ice-runtime/runtime'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIce } from '../create-ice.ts'
import { openIceReader } from '../open-reader.ts'
import { sha256 } from '../sha256.ts'
import { askHook } from './ask-hook.ts'
import { importTranscripts } from './import-transcripts.ts'
import type { TranscriptImport } from './import-transcripts.ts'
import { linesOf } from './transcript-files.ts'

const fixtures = fileURLToPath(new URL('../../../adapters/fixtures/claude-code/2.1.332/', import.meta.url))
const captured = join(fixtures, 'transcripts')

let place = ''
let kept = ''
let data = ''
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'ice-import-')))
  kept = join(place, 'kept')
  data = join(place, 'data')
  mkdirSync(kept)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const importing = (path = kept): Promise<TranscriptImport> =>
  importTranscripts({ host: 'claude-code', path, data, workspace: join(place, 'project') })

async function entries(): Promise<readonly IceEntry[]> {
  await using store = openIceReader(data)
  expect(verifyStore(store, sha256).problems).toEqual([])
  const runs = store.views.list('runs', { limit: 100 }).map(({ value }) => value as RunSummary)
  return runs.flatMap(({ run }) => readEntries(store.log, run as never))
}

describe('transcripts as Claude Code wrote them', () => {
  test('are read with those of the agents it started, and every use of a tool is in the record with what came of it', async () => {
    cpSync(captured, kept, { recursive: true })
    const done = await importing()
    expect(done).toMatchObject({ files: 4, unreadFiles: [], cutFiles: [], isCut: false, unrecordable: 0 })
    const proposals = (await entries()).filter(({ type }) => type === 'ActionProposed')
    // A number of a use is one of its session.
    const uses = [...linesOfAll()].flatMap((line) => {
      const [, session] = /"sessionId":"([^"]+)"/.exec(line) ?? []
      return [...line.matchAll(/"type":"tool_use","id":"([^"]+)"/g)].map(([, id]) => `${session} ${id}`)
    })
    expect(uses.length).toBeGreaterThan(8)
    expect(proposals).toHaveLength(new Set(uses).size)
    expect(done.imported).toBe(proposals.length)
    // What the host or a person had refused did not happen.
    const notDone = (await entries()).filter((entry) => entry.type === 'ActionFailed' && entry.payload.code === 'effect.not_done')
    expect(notDone).toHaveLength(2)
  })

  test('read again add nothing, and add what has come since', async () => {
    copyFileSync(join(captured, 'subagent.jsonl'), join(kept, 'a.jsonl'))
    const first = await importing()
    expect(first).toMatchObject({ imported: 1, known: 0 })
    const before = (await entries()).length
    expect(await importing()).toMatchObject({ imported: 0, known: 1 })
    expect(await entries()).toHaveLength(before)
    appendFileSync(join(kept, 'a.jsonl'), readFileSync(join(kept, 'a.jsonl'), 'utf8').replaceAll('toolu_s1', 'toolu_s2'))
    expect(await importing()).toMatchObject({ imported: 1, known: 1 })
    const added = (await entries()).filter(({ origin }) => origin === 'import').map(({ type }) => type)
    expect(added).toEqual(['ActionProposed', 'ActionSucceeded', 'ActionProposed', 'ActionSucceeded'])
  })

  function* linesOfAll(): Generator<string> {
    for (const name of ['denied-by-hook', 'denied-by-person', 'every-tool', 'subagent']) yield* linesOf(join(captured, `${name}.jsonl`))
  }
})

describe('what is not understood', () => {
  test('is counted and fatal to nothing', async () => {
    writeFileSync(join(kept, 'b.jsonl'), 'no json\n[1]\n{"type":"summary"}\n\n{"a":')
    copyFileSync(join(captured, 'subagent.jsonl'), join(kept, 'c.jsonl'))
    writeFileSync(join(kept, 'notes.md'), 'not a transcript')
    symlinkSync('/etc/hostname', join(kept, 'link.jsonl'))
    mkdirSync(join(kept, 'd.jsonl'))
    const done = await importing()
    expect(done).toMatchObject({ files: 2, imported: 1, counts: { unreadable: 3 } })
  })

  test('of a place without a transcript is an error: nothing was seen', async () => {
    await expect(importing()).rejects.toMatchObject({ code: 'files.not_found' })
    await expect(importing(join(place, 'nowhere'))).rejects.toMatchObject({ code: 'files.not_found' })
    // A link that is named is meant; one that lies about is not.
    symlinkSync(captured, join(place, 'named'))
    symlinkSync(captured, join(kept, 'lying'))
    await expect(importing()).rejects.toMatchObject({ code: 'files.not_found' })
    expect(await importing(join(place, 'named'))).toMatchObject({ files: 4 })
  })

  test('of another host is an error', async () => {
    await expect(importTranscripts({ host: 'codex', path: captured, data, workspace: place })).rejects.toMatchObject({
      code: 'usage.invalid',
    })
  })

  test('of directories that lie deeper than a host writes is said to be left out', async () => {
    const deep = join(kept, 'a/b/c/d')
    mkdirSync(deep, { recursive: true })
    copyFileSync(join(captured, 'subagent.jsonl'), join(kept, 'a.jsonl'))
    copyFileSync(join(captured, 'every-tool.jsonl'), join(deep, 'far.jsonl'))
    expect(await importing()).toMatchObject({ files: 1, isCut: true })
  })
})

test('a line that is longer than what is kept of it is one that cannot be read, and those after it are read', () => {
  const file = join(kept, 'long.jsonl')
  const long = `{"a":"${'x'.repeat(12 * 1024 * 1024)}"}`
  writeFileSync(file, `${long}\n{"é":1}\nlast`)
  const [first = '', ...others] = linesOf(file)
  expect(first.length).toBeLessThan(long.length)
  expect(long.startsWith(first)).toBe(true)
  expect(others).toEqual(['{"é":1}', 'last'])
})

test('paths are named after where the session began, also where an agent it started is elsewhere', async () => {
  cpSync(join(captured, 'every-tool.jsonl'), join(kept, 's.jsonl'))
  mkdirSync(join(kept, 's/subagents'), { recursive: true })
  const elsewhere = readFileSync(join(captured, 'subagent.jsonl'), 'utf8').replaceAll('"cwd":"/project"', '"cwd":"/project/deep"')
  writeFileSync(join(kept, 's/subagents/agent.jsonl'), elsewhere)
  expect(await importing()).toMatchObject({ sessions: 1, files: 2 })
  const inputs = (await entries()).flatMap((entry) => (entry.type === 'RunRequested' ? [entry.payload.input] : []))
  expect(inputs).toMatchObject([{ value: { root: '/project' } }, { value: { root: '/project' } }])
})

test('a session that a hook was asked in is imported beside it', async () => {
  const root = join(place, 'project')
  mkdirSync(root)
  const payload = readFileSync(join(fixtures, 'before-read.json'), 'utf8').replaceAll('/project', root)
  await askHook({ data, host: 'claude-code', root, payload, deadline: Date.now() + 10_000 })
  copyFileSync(join(captured, 'every-tool.jsonl'), join(kept, 'a.jsonl'))
  await importing()
  const requests = (await entries()).flatMap((entry) => (entry.type === 'RunRequested' ? [entry.payload.imported] : []))
  expect(requests).toHaveLength(2)
  expect(requests).toContain(true)
  expect(requests).toContain(undefined)
})

test('a data directory that somebody else has is not written to', async () => {
  copyFileSync(join(captured, 'subagent.jsonl'), join(kept, 'a.jsonl'))
  await using _owner = await createIce({ data, workspace: null })
  await expect(importing()).rejects.toMatchObject({ code: 'data.in_use' })
})
