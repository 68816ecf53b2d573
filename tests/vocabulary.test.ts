import { readFileSync } from 'node:fs'
import { effectClasses, emptyHead, faultCodes, parseLogId, parseRunId } from '@ice-runtime/kernel'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { refusalCodes } from '../packages/kernel/src/authority/refusal.ts'
import { taxonomy } from '../packages/kernel/src/run/taxonomy.ts'

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
  const [refusals = '', faults = ''] = read('docs/reference/codes.md').split('## Faults')
  const codesIn = (text: string): readonly string[] => [...text.matchAll(/^\| `([a-z_.]+)` \| \S/gm)].map((match) => match[1] ?? '')

  test('explains every refusal and no other', () => {
    expect(codesIn(refusals)).toEqual([...refusalCodes])
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
