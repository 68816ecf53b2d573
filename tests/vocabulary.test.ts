import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import {
  effectClasses,
  emptyHead,
  faultCodes,
  maxBlobBytes,
  maxEntryBytes,
  maxJsonDepth,
  maxPageEntries,
  maxPendingEntries,
  parseLogId,
  parseRunId,
  refusalCodes,
  rejectionCodes,
  systemRejectionCodes,
  taxonomy,
} from '@ice-runtime/kernel'
import { describe, expect, test } from 'vitest'

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
}

describe('the glossary', () => {
  const terms = [...read('docs/glossary.md').matchAll(/^\*\*([^*]+)\*\*: /gm)].map((match) => (match[1] ?? '').toLowerCase())

  test('defines each term once, in order', () => {
    expect(terms).toEqual([...new Set(terms)].sort())
  })

  test('has the words of the field', () => {
    const field = [
      'run',
      'command',
      'event',
      'decide',
      'evolve',
      'grant',
      'effect',
      'receipt',
      'projection',
      'position',
      'replay',
      'divergence',
    ]
    expect(field.filter((word) => !terms.includes(word))).toEqual([])
  })

  test('has every effect class and every category of events', () => {
    const categories = Object.values(taxonomy).map((definition) => definition.category)
    expect([...effectClasses, ...categories].filter((word) => !terms.includes(word))).toEqual([])
  })
})

describe('the page of codes', () => {
  const [, refusals = '', rejections = '', standing = '', faults = ''] = read('docs/reference/codes.md').split(/^## /m)
  const codesIn = (text: string): readonly string[] => [...text.matchAll(/^\| `([a-z_.]+)` \| \S/gm)].map((match) => match[1] ?? '')

  test('explains every refusal and no other', () => {
    expect(codesIn(refusals)).toEqual([...refusalCodes])
  })

  test('explains every rejection and no other', () => {
    expect(codesIn(rejections)).toEqual([...rejectionCodes])
  })

  test('explains every rejection of a standing order and no other', () => {
    expect(codesIn(standing)).toEqual([...systemRejectionCodes])
  })

  test('explains every fault and no other', () => {
    expect(codesIn(faults)).toEqual([...faultCodes])
  })
})

test('the page of the log format prints the genesis hash that the kernel computes', () => {
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
  const head = emptyHead(parseRunId('run_000000000000'), { logId: parseLogId('log_000000000000'), sha256 })
  expect(read('docs/reference/log-format.md')).toContain(Buffer.from(head.hash).toString('hex'))
})

test('the page of the log format states the limits that the kernel has', () => {
  const limits = [...read('docs/reference/log-format.md').matchAll(/^\| [^|]+ \| ([\d,]+)( KiB| MiB)? \|/gm)].map(
    ([, digits = '', unit = '']) => Number(digits.replaceAll(',', '')) * (unit === ' KiB' ? 1024 : unit === ' MiB' ? 1024 * 1024 : 1),
  )
  expect(limits).toEqual([maxEntryBytes, maxBlobBytes, maxJsonDepth, maxPageEntries, maxPendingEntries])
})
