import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { canonicalize } from './canonical.ts'
import type { Entry, EntryBody, StoredEntry, StreamHead } from './entry.ts'
import { parseLogId, parseRunId } from './ids.ts'
import type { StreamId } from './ids.ts'
import { emptyHead, entryHash, seal } from './seal.ts'
import type { SealContext } from './seal.ts'
import { parseStrictJsonBytes } from './strict-json.ts'
import { emptyTree, growTree } from './tree.ts'
import type { TreeEdge } from './tree.ts'
import { createLogVerifier } from './verify-log.ts'
import type { LogReport, VerifyLogOptions } from './verify-log.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
const context: SealContext = { logId: parseLogId('log_0123456789ab'), sha256 }
const otherLog: SealContext = { ...context, logId: parseLogId('log_0123456789ac') }
const one = parseRunId('run_aaaaaaaaaaaa')
const two = parseRunId('run_bbbbbbbbbbbb')
const unused = parseRunId('run_cccccccccccc')

/** Which stream each position belongs to: three streams, interleaved. */
const order: readonly StreamId[] = ['system', one, one, two, one, two, 'system', two, one, one, two, 'system', one]

function bodyOf(index: number, payload: EntryBody['payload'] = { n: index, text: 'grün' }): EntryBody {
  return { type: 'PlanStated', v: 1, origin: 'agent', at: 1000 + index, causes: [], payload }
}

function buildLog(streams: readonly StreamId[], bodies: (index: number) => EntryBody = bodyOf): readonly StoredEntry[] {
  const heads = new Map<StreamId, StreamHead>()
  return streams.map((stream, index) => {
    const sealed = seal(bodies(index), heads.get(stream) ?? emptyHead(stream, context), context)
    heads.set(stream, { stream, seq: sealed.seq, hash: sealed.hash, at: 0 })
    return { ...sealed, position: index + 1 }
  })
}

/** What a store keeps: the entries as rows, `previous` derived from the row of the stream before, or kept as it was sealed. */
function asRead(rows: readonly StoredEntry[], derives: boolean): readonly StoredEntry[] {
  if (!derives) return rows
  const hashes = new Map<StreamId, Uint8Array>()
  return rows.map((row) => {
    const previous = hashes.get(row.stream) ?? emptyHead(row.stream, context).hash
    hashes.set(row.stream, row.hash)
    return { ...row, previous }
  })
}

function edgeOf(rows: readonly StoredEntry[]): TreeEdge {
  return growTree(
    emptyTree,
    rows.map((row) => row.hash),
    sha256,
  )
}

function renumbered(rows: readonly StoredEntry[]): readonly StoredEntry[] {
  return rows.map((row, index) => ({ ...row, position: index + 1 }))
}

function verify(rows: readonly StoredEntry[], options: VerifyLogOptions = {}, within: SealContext = context): LogReport {
  const verifier = createLogVerifier(within, options)
  for (const row of rows) verifier.check(row)
  return verifier.finish()
}

/** Problems as `code@position`, in the order found. */
function found(rows: readonly StoredEntry[], options: VerifyLogOptions = {}, within: SealContext = context): readonly string[] {
  return verify(rows, options, within).problems.map(({ code, position }) => `${code}@${position}`)
}

function flipped(bytes: Uint8Array, index: number, mask: number): Uint8Array {
  return bytes.with(index, (bytes[index] ?? 0) ^ mask)
}

const log = buildLog(order)
const edge = edgeOf(log)
const lastPosition = log.length

/** The positions of the entries that follow this one in its stream, the nearest first. */
function followersOf(row: StoredEntry): readonly number[] {
  return log.filter((other) => other.stream === row.stream && other.seq > row.seq).map((other) => other.position)
}

describe('a sound log', () => {
  test('has no problem, and each entry comes back decoded in order', () => {
    const verifier = createLogVerifier(context, { edge, strict: true })
    const decoded = log.map((row) => verifier.check(row))
    expect(verifier.finish()).toStrictEqual({ entryCount: lastPosition, streamCount: 3, problems: [], omittedCount: 0 })
    expect(decoded).toStrictEqual(log.map((row, index): Entry => ({ stream: row.stream, seq: row.seq, ...bodyOf(index) })))
  })

  test('of any bodies and any interleaving has no problem', () => {
    const streams = fc.array(fc.constantFrom<StreamId>('system', one, two), { maxLength: 30 })
    fc.assert(
      fc.property(streams, fc.infiniteStream(jsonValues), (list, payloads) => {
        const rows = buildLog(list, (index) => bodyOf(index, payloads.next().value))
        expect(found(rows, { edge: edgeOf(rows), strict: true })).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  test('that is empty has no problem', () => {
    expect(verify([], { edge: emptyTree })).toStrictEqual({ entryCount: 0, streamCount: 0, problems: [], omittedCount: 0 })
  })

  test('longer than a batch of leaves has no problem', () => {
    const rows = buildLog(Array.from({ length: 700 }, (_, index) => order[index % order.length] ?? 'system'))
    expect(found(rows, { edge: edgeOf(rows) })).toEqual([])
  })
})

describe.each([
  ['derived from the row before', true],
  ['stored', false],
])('with `previous` %s', (_, derives) => {
  test('log.chain: every flipped byte of every entry is found at that entry and nowhere else', () => {
    let flips = 0
    for (const [index, row] of log.entries()) {
      for (let at = 0; at < row.bytes.length; at += 1) {
        const damaged = asRead(log.with(index, { ...row, bytes: flipped(row.bytes, at, 1 << (at % 8)) }), derives)
        expect(found(damaged, { edge })).toEqual([`hash.mismatch@${row.position}`])
        flips += 1
      }
    }
    expect(flips).toBeGreaterThan(1000)
  })

  test('every flipped byte of every hash is found at that entry, and the tree tells the log from the right one', () => {
    for (const [index, row] of log.entries()) {
      for (let at = 0; at < row.hash.length; at += 1) {
        const damaged = asRead(log.with(index, { ...row, hash: flipped(row.hash, at, 0x40) }), derives)
        const problems = found(damaged, { edge })
        expect(problems[0]).toBe(`hash.mismatch@${row.position}`)
        expect(problems).toHaveLength(2)
        expect(problems[1]).toMatch(/^tree\.mismatch@/)
      }
    }
  })

  test('bytes cut short, made longer or emptied are found at that entry', () => {
    for (const [index, row] of log.entries()) {
      for (const bytes of [row.bytes.slice(0, -1), Uint8Array.of(...row.bytes, 0x20), new Uint8Array(0)]) {
        expect(found(asRead(log.with(index, { ...row, bytes }), derives), { edge })).toEqual([`hash.mismatch@${row.position}`])
      }
    }
  })

  test('a deleted entry is found at the place where it was', () => {
    for (const row of log.slice(0, -1)) {
      const rest = asRead(
        log.filter((other) => other !== row),
        derives,
      )
      const follower = followersOf(row)[0]
      const problems = found(rest)
      expect(problems[0]).toBe(`position.gap@${row.position + 1}`)
      expect(problems.slice(1)).toEqual(follower === undefined ? [] : [`seq.gap@${follower}`])
      expect(found(rest, { edge })).toContain('tree.mismatch@1')
    }
  })

  test('a deleted entry is found even when the positions are closed up, through its stream or the edge', () => {
    for (const row of log.slice(0, -1)) {
      const rest = asRead(renumbered(log.filter((other) => other !== row)), derives)
      const follower = followersOf(row)[0]
      const seen = follower === undefined ? [] : [`seq.gap@${follower - 1}`]
      expect(found(rest, { edge })).toEqual([...seen, `tail.missing@${lastPosition}`])
    }
  })

  test('the last entry deleted, or any tail, is found through the edge only', () => {
    for (let kept = 0; kept < lastPosition; kept += 1) {
      expect(found(asRead(log.slice(0, kept), derives))).toEqual([])
      expect(found(asRead(log.slice(0, kept), derives), { edge })).toEqual([`tail.missing@${kept + 1}`])
    }
  })

  test('two swapped entries are found at the first of them, or in the subtree that holds it when their streams keep their order', () => {
    for (const [left, first] of log.entries()) {
      for (const [right, second] of log.entries()) {
        if (right <= left) continue
        const rows = asRead(renumbered(log.with(left, second).with(right, first)), derives)
        const [problem] = verify(rows, { edge }).problems
        const between = log.slice(left, right + 1)
        const brokenOrder = between.filter(({ stream }) => stream === first.stream || stream === second.stream)
        const keepsOrder = first.stream !== second.stream && brokenOrder.length === 2
        expect(problem?.code).toBe(keepsOrder ? 'tree.mismatch' : 'seq.gap')
        expect(problem?.position).toBeGreaterThanOrEqual(keepsOrder ? 1 : first.position)
        expect(problem?.position).toBeLessThanOrEqual(keepsOrder ? first.position : second.position)
      }
    }
  })

  test('an inserted copy of an entry behind it is found where it was put, and nothing else is blamed', () => {
    for (const row of log) {
      for (let at = row.position; at <= lastPosition; at += 1) {
        const rows = asRead(renumbered([...log.slice(0, at), row, ...log.slice(at)]), derives)
        // A store that derives `previous` claims that the next entry follows the copy, which is reported as that.
        const problems = found(rows, { edge }).filter((problem) => !derives || !problem.startsWith('previous.mismatch'))
        expect(problems).toEqual([`seq.gap@${at + 1}`, `edge.exceeded@${lastPosition + 1}`])
      }
    }
  })

  test('an inserted copy of an entry before it is found where it was put, or as the second of two that stand alike', () => {
    for (const row of log) {
      for (let at = 0; at < row.position; at += 1) {
        const rows = asRead(renumbered([...log.slice(0, at), row, ...log.slice(at)]), derives)
        const problems = found(rows, { edge })
        // Where nothing of the stream lies between, the copy is the entry and the original is the one too many.
        const alike = log.slice(at, row.position - 1).every(({ stream }) => stream !== row.stream)
        expect(problems[0]).toBe(`seq.gap@${alike ? row.position + 1 : at + 1}`)
        expect(problems).toContain(`edge.exceeded@${lastPosition + 1}`)
      }
    }
  })

  test('an entry copied to another stream in the place of the next one is found there', () => {
    for (const [index, row] of log.entries()) {
      for (const source of log.filter((other) => other.stream !== row.stream)) {
        const forged = { ...source, stream: row.stream, seq: row.seq, position: row.position }
        const problems = found(asRead(log.with(index, forged), derives), { edge })
        expect(problems[0]).toBe(`hash.mismatch@${row.position}`)
      }
    }
  })

  test('a whole stream under another name is found at its first entry', () => {
    for (const name of new Set(order)) {
      const rows = asRead(
        log.map((row) => (row.stream === name ? { ...row, stream: unused } : row)),
        derives,
      )
      const first = log.find((row) => row.stream === name)?.position
      expect(found(rows, { edge })[0]).toBe(`hash.mismatch@${first}`)
    }
  })

  test('a whole log under another id is found at the first entry of each stream', () => {
    const firsts = log.filter((row) => row.seq === 1).map((row) => `hash.mismatch@${row.position}`)
    const problems = found(asRead(log, derives), { edge }, otherLog)
    for (const first of firsts) expect(problems).toContain(first)
    expect(problems[0]).toBe(firsts[0])
  })
})

describe('what a chain alone cannot show, the edge does', () => {
  test('a tail recomputed after a change verifies as a chain and is found by the edge in the subtree of the change', () => {
    for (const changed of log) {
      const rows = buildLog(order, (index) => bodyOf(index, index + 1 === changed.position ? 'changed' : undefined))
      expect(found(rows)).toEqual([])
      const [problem] = verify(rows, { edge }).problems
      expect(problem?.code).toBe('tree.mismatch')
      expect(problem?.position).toBeLessThanOrEqual(changed.position)
    }
  })

  test('log.tree: an entry sealed after the end is found by the edge', () => {
    const longer = buildLog([...order, two])
    expect(found(longer)).toEqual([])
    expect(found(longer, { edge })).toEqual([`edge.exceeded@${lastPosition + 1}`])
  })

  test('the subtree that differs is named, not the whole log', () => {
    const rows = buildLog([...order.slice(0, -1), unused])
    const [problem] = verify(rows, { edge }).problems
    expect(problem).toMatchObject({ code: 'tree.mismatch', position: 13 })
    expect(problem?.detail).toContain('13 to 13')
  })
})

describe('a claim of the store is checked and never trusted', () => {
  test('a wrong `previous` beside a sound entry is named, and the entry is still believed', () => {
    const row = log[4]
    if (row === undefined) throw new Error('the log has a fifth entry')
    const rows = log.with(4, { ...row, previous: flipped(row.previous, 0, 1) })
    const verifier = createLogVerifier(context, { edge })
    const decoded = rows.map((stored) => verifier.check(stored))
    expect(decoded[4]).toMatchObject({ stream: row.stream, seq: row.seq })
    expect(verifier.finish().problems).toMatchObject([{ code: 'previous.mismatch', stream: row.stream, seq: row.seq, position: 5 }])
  })

  test('a whole entry of another history is told from changed bytes', () => {
    const elsewhere = buildLog(order, (index) => bodyOf(index, 'elsewhere'))
    const foreign = elsewhere[4]
    if (foreign === undefined) throw new Error('the log has a fifth entry')
    expect(found(log.with(4, foreign))).toEqual(['previous.mismatch@5', 'previous.mismatch@9'])
  })

  test('a stream of no valid name is named', () => {
    const [first] = log
    if (first === undefined) throw new Error('the log has a first entry')
    for (const stream of ['sys\ntem', 'run_\u0161aaaaaaaaaaa', ''] as StreamId[]) {
      expect(found([{ ...first, stream }])).toEqual(['stream.malformed@1'])
    }
  })

  test.each([Number.NaN, 0, -1, 1.5, 2 ** 53])('a seq of %d is a gap', (seq) => {
    const [first] = log
    if (first === undefined) throw new Error('the log has a first entry')
    expect(found([{ ...first, seq }, ...log.slice(1)])[0]).toBe('seq.gap@1')
  })
})

describe('bytes whose hash holds', () => {
  function withBytes(bytes: Uint8Array): readonly StoredEntry[] {
    const head = emptyHead('system', context)
    const place = { stream: head.stream, seq: 1, previous: head.hash, bytes }
    return [{ ...place, hash: entryHash(place, context), position: 1 }]
  }
  const text = canonicalize(bodyOf(0) as never)
  const encode = (content: string): Uint8Array => new TextEncoder().encode(content)

  test.each([
    ['no JSON', encode('{')],
    ['nothing', encode('')],
    ['no UTF-8', encode(text).map((byte) => (byte === 0xc3 ? 0xff : byte))],
    ['a byte order mark', encode(`\ufeff${text}`)],
    ['a list', encode('[]')],
    ['null', encode('null')],
    ['a body without a payload', encode(text.replace('"payload"', '"load"'))],
    ['a body with a type that is no text', encode(text.replace('"PlanStated"', '1'))],
  ])('that are %s are unreadable', (_, bytes) => {
    expect(found(withBytes(bytes))).toEqual(['bytes.unreadable@1'])
    expect(createLogVerifier(context).check(withBytes(bytes)[0] as StoredEntry)).toBeUndefined()
  })

  const loose = [
    ['white space', text.replace('{', '{ ')],
    ['another order', `{"v":1,${text.slice(1).replace(',"v":1', '')}`],
    ['a doubled key', text.replace('"v":1', '"v":1,"v":1')],
    ['an escape too many', text.replace('agent', '\\u0061gent')],
    ['an unsafe integer', text.replace('"n":0', '"n":9007199254740993')],
    ['a number beyond a double', text.replace('"n":0', '"n":1e999')],
    ['another number form', text.replace('"n":0', '"n":0.0')],
    ['a negative zero', text.replace('"n":0', '"n":-0')],
    ['a lone surrogate', text.replace('grün', '\\ud800')],
    ['a __proto__ key', text.replace('"n":0', '"__proto__":0')],
    ['excess depth', text.replace('"n":0', `"n":${'['.repeat(200)}${']'.repeat(200)}`)],
  ] as const
  test.each(loose)('with %s are readable, and not canonical under strict checking', (_, content) => {
    expect(content).not.toBe(text)
    expect(found(withBytes(encode(content)))).toEqual([])
    expect(found(withBytes(encode(content)), { strict: true })).toEqual(['bytes.not_canonical@1'])
  })

  test('log.canonical: are canonical exactly when the strict reader accepts them and they come out of the writer again', () => {
    const isStrict = (bytes: Uint8Array): boolean => {
      try {
        return canonicalize(parseStrictJsonBytes(bytes)) === new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      } catch {
        return false
      }
    }
    const pieces = fc.constantFrom(' ', '0', '-', '"n":1,', '\\u0061', '\\ud800', '1e999', '"__proto__":1,', '9'.repeat(17), '')
    fc.assert(
      fc.property(jsonValues, fc.nat(), pieces, (payload, place, piece) => {
        const sound = canonicalize(bodyOf(0, payload) as never)
        const start = sound.indexOf('"payload":') + '"payload":'.length
        const at = start + (place % (sound.lastIndexOf(',"type"') - start + 1))
        const bytes = encode(sound.slice(0, at) + piece + sound.slice(at))
        expect(found(withBytes(bytes), { strict: true }).length === 0).toBe(isStrict(bytes))
      }),
      { numRuns: 1000 },
    )
  })
})

test('a wholly damaged log is told by a bounded number of problems and a count of the others', () => {
  const damaged = log.map((row) => ({ ...row, bytes: flipped(row.bytes, 0, 1) }))
  const report = verify(damaged, { edge, maxProblems: 5 })
  expect(report.problems.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5])
  expect(report.omittedCount).toBe(lastPosition - 5)
})
