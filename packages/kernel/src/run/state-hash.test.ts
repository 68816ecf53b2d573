import fc from 'fast-check'
import { expect, test } from 'vitest'
import { committing, executing, finalLater, keyedLater, tellingContext, wander, wish } from '@ice-runtime/conformance'
import { evolve } from './evolve.ts'
import { initialRun } from './run.ts'
import type { Run } from './run.ts'
import { stateHash, stateVersion } from './state-hash.ts'
import type { IceEntry } from './taxonomy.ts'

const { sha256 } = tellingContext
const tapes = fc.array(fc.nat(9999), { minLength: 10, maxLength: 40 })

/** As entries come from a store: with keys in canonical order, and nothing shared. */
function stored(entries: readonly IceEntry[]): readonly IceEntry[] {
  return entries.map((entry) => JSON.parse(JSON.stringify(entry, Object.keys(flat(entry)).sort())) as IceEntry)
}

function flat(value: unknown): Readonly<Record<string, true>> {
  if (value === null || typeof value !== 'object') return {}
  return Object.entries(value).reduce((keys, [key, member]) => ({ ...keys, [key]: true, ...flat(member) }), {})
}

test('a history has one state hash, folded live, from its bytes, or in two pieces', () => {
  fc.assert(
    fc.property(tapes, fc.nat(100), (tape, cut) => {
      const { run, entries } = wander(tape)
      const fold = (from: Run, list: readonly IceEntry[]): Run => list.reduce(evolve, from)
      const at = Math.floor((cut / 100) * entries.length)
      const empty = initialRun(run.id)
      const pieces = fold(fold(empty, entries.slice(0, at)), stored(entries.slice(at)))
      expect(stateHash(pieces, sha256)).toBe(stateHash(run, sha256))
      expect(stateHash(fold(empty, stored(entries)), sha256)).toBe(stateHash(run, sha256))
    }),
    { numRuns: 60 },
  )
})

test('every entry changes the hash', () => {
  const { entries, run } = committing(wish(wish(executing(), { unread: 'refused' }), finalLater), 1)
  let folded = initialRun(run.id)
  const hashes = new Set([stateHash(folded, sha256)])
  for (const entry of entries) {
    folded = evolve(folded, entry)
    hashes.add(stateHash(folded, sha256))
  }
  expect(hashes.size).toBe(entries.length + 1)
})

test('the hash of a known history is known for ever, under its version', () => {
  const { run } = committing(wish(wish(executing(), keyedLater), finalLater), 2)
  expect(stateHash(run, sha256)).toBe(`${stateVersion}:42b346d9cf1f5accf8e0d11602d1b0225607549c7ae789f10c6243c3dc3470b8`)
})
