import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { brokenLaw, checkEvent, createLogVerifier, decodeBody, evolve, genesisHash, initialRun, replayDecisions, seal, stateHash, taxonomy } from '@ice-runtime/kernel'
import type { EntryBody, IceEntry, Run, RunId, StoredEntry, StreamId } from '@ice-runtime/kernel'
import { nothingUnusual, tellingContext } from '../kernel/run-world.ts'
import { goldenFormats } from './golden-formats.ts'
import { readGoldenLog, readStreams, writeGoldenLog } from './golden-log.ts'
import type { GoldenLog } from './golden-log.ts'
import { goldenLogOf, goldenStories } from './golden-stories.ts'
import { pinnedNames } from './pinned-names.ts'

const { sha256 } = tellingContext
const versions = readdirSync(new URL('.', import.meta.url)).filter((name) => /^v\d+$/.test(name))
const files = versions.flatMap((version) => readdirSync(new URL(`${version}/`, import.meta.url)).map((name) => `${version}/${name}`))

function textOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}

function golden(file: string): GoldenLog {
  return readGoldenLog(textOf(file), (stream, logId) => genesisHash(stream, { logId, sha256 }))
}

function stored(log: GoldenLog): readonly StoredEntry[] {
  return log.entries.map((entry, index) => ({ ...entry, position: index + 1 }))
}

function problemsOf(log: GoldenLog): readonly unknown[] {
  const verifier = createLogVerifier({ logId: log.logId, sha256 }, { strict: true })
  for (const entry of stored(log)) verifier.check(entry)
  const { entryCount, problems } = verifier.finish()
  expect(entryCount).toBe(log.entries.length)
  return problems
}

/** State hashes as this build folds them, of the streams it knows. */
function statesOf(log: GoldenLog): Readonly<Record<string, string>> {
  const streams = readStreams(stored(log)).entries()
  return Object.fromEntries(streams.flatMap(([stream, read]) => (read.known && stream !== 'system' ? [[stream, stateHash(read.run, sha256)]] : [])))
}

test('there are golden logs of every version', () => {
  expect(versions).toEqual(['v1'])
  expect(files.length).toBe(goldenStories.size + 1)
})

describe.each(files)('%s', (file) => {
  const log = golden(file)

  test('proves itself', () => {
    expect(problemsOf(log)).toEqual([])
  })

  test('folds to the state it was recorded with', () => {
    expect(statesOf(log)).toEqual(log.states)
    expect(Object.keys(log.states)).not.toEqual([])
  })

  test('says nothing that this build would not let in', () => {
    for (const entry of stored(log)) expect(() => checkEvent(decodeBody(entry))).not.toThrow()
  })

  test('is decided again to what it says, under every law', () => {
    for (const id of log.decided) {
      const read = readStreams(stored(log)).get(id)
      const entries = read?.known === true ? read.entries : []
      const replayed = replayDecisions(entries, nothingUnusual)
      expect(replayed).toMatchObject({ divergence: undefined, entries: log.entries.length })
      expect(stateHash(replayed.run, sha256)).toBe(log.states[id])
      expect(brokenIn(id, entries)).toEqual([])
    }
  })

  test('is read to what it was written from', () => {
    expect(writeGoldenLog(log)).toBe(textOf(file))
  })

  test('is noticed when one byte of it is another', () => {
    const [first, ...rest] = log.entries
    if (first === undefined) throw new Error('the log is empty')
    const bytes = first.bytes.map((byte, index) => (index === 10 ? byte ^ 1 : byte))
    expect(problemsOf({ ...log, entries: [{ ...first, bytes }, ...rest] })).not.toEqual([])
  })
})

function brokenIn(id: RunId, entries: readonly IceEntry[]): readonly unknown[] {
  let run: Run = initialRun(id)
  return entries.flatMap((entry) => {
    const violation = brokenLaw(run, entry)
    run = evolve(run, entry)
    return violation === undefined ? [] : [violation]
  })
}

describe('the newest golden logs', () => {
  test('are what this build still writes', () => {
    for (const [name, story] of goldenStories) expect(writeGoldenLog(goldenLogOf(story()))).toBe(textOf(`v1/${name}.jsonl`))
    expect(writeGoldenLog(goldenFormats())).toBe(textOf('v1/formats.jsonl'))
  })

  test('hold every type of the taxonomy', () => {
    const types = new Set(files.flatMap((file) => stored(golden(file)).map((entry) => decodeBody(entry).type)))
    expect(Object.keys(taxonomy).filter((type) => !types.has(type))).toEqual([])
  })

  test('hold personal fields as ciphertext alone', () => {
    const encrypted = /"name":\{"algorithm":"aes-256-gcm","data":"[\w-]+","nonce":"[\w-]{16}","subject":"sub_[0-9a-z]+"\}/
    for (const file of files) {
      for (const line of textOf(file).split('\n').filter((text) => /"type":"(?:RunRequested|OperatorAdded)"/.test(text))) expect(line).toMatch(encrypted)
    }
  })
})

describe('an entry of a later version', () => {
  const log = golden('v1/formats.jsonl')
  const streams: readonly StreamId[] = [...new Set(log.entries.map(({ stream }) => stream))]
  const later: readonly EntryBody[] = [
    { type: 'RunPaused', v: 1, origin: 'runtime', at: 9_999_999_999_999, causes: [], payload: {} },
    { type: 'PlanStated', v: 2, origin: 'agent', at: 9_999_999_999_999, causes: [], payload: { steps: [] } },
  ]

  test.each(later.flatMap((body) => streams.map((stream) => [`${body.type} ${body.v}`, stream, body] as const)))(
    '%s in %s is proved, and keeps this build from reading that stream and no other',
    (_, stream, body) => {
      const last = log.entries.findLast((entry) => entry.stream === stream)
      if (last === undefined) throw new Error('the stream is empty')
      const head = { stream, seq: last.seq, hash: last.hash, at: 0 }
      const grown = { ...log, entries: [...log.entries, seal(body, head, { logId: log.logId, sha256 })] }
      expect(problemsOf(grown)).toEqual([])
      const read = readStreams(stored(grown))
      expect([...read].filter(([, { known }]) => !known).map(([name]) => name)).toEqual([stream])
      const { [stream]: _left, ...others } = log.states as Readonly<Record<string, string>>
      expect(statesOf(grown)).toEqual(others)
    },
  )
})

test('names that others rely on change only on purpose: write-golden.ts writes the list, a changeset says why', () => {
  expect(pinnedNames()).toBe(textOf('pinned-names.txt'))
})
