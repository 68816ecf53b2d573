import { describe, expect, test } from 'vitest'
import { resourceMatches } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import { parseAllow } from './allow.ts'
import { limitNames } from './allow-limits.ts'
import { describeTerms } from './describe-terms.ts'

const destinations = (provider: string): string | undefined => (provider === 'openai' ? 'https://api.openai.com:443' : undefined)
const terms = (text: string): GrantTerms => parseAllow(text, destinations)
const covers = (text: string, resource: string): boolean => terms(text).resources.some((pattern) => resourceMatches(pattern, resource))

describe('an allowance', () => {
  test.each([
    ['files.read:src', ['file:src/**'], 'observe', []],
    ['files.read:src/', ['file:src/**'], 'observe', []],
    ['files.read:.', ['file:**'], 'observe', []],
    ['files.read', ['file:**'], 'observe', []],
    ['files.write:report.md', ['file:report.md/**'], 'staged', []],
    ['files.*:docs/**', ['file:docs/**'], 'staged', []],
    ['model.generate:scripted', ['model:scripted:**'], 'observe', []],
    ['model.generate:openai', ['model:openai:**'], 'observe', ['https://api.openai.com:443']],
    ['model.generate:openai:gpt-5', ['model:openai:gpt-5'], 'observe', ['https://api.openai.com:443']],
    ['time.now', ['time:**'], 'observe', []],
    ['ledger.post:main', ['ledger:main/**'], 'irreversible', ['ledger:main']],
    ['ledger.post:main/**', ['ledger:main/**'], 'irreversible', ['ledger:main']],
  ] as const)('%s compiles to what it says and no more', (text, resources, effectClass, egress) => {
    expect(terms(text)).toEqual({ actions: [text.split(':')[0]], resources, class: effectClass, egress })
  })

  test('of a directory covers it and all below it, and no sibling that begins like it', () => {
    expect(covers('files.read:src', 'file:src')).toBe(true)
    expect(covers('files.read:src', 'file:src/deep/a.ts')).toBe(true)
    expect(covers('files.read:src', 'file:src-old/a.ts')).toBe(false)
    expect(covers('files.read:src', 'file:lib/src/a.ts')).toBe(false)
    expect(covers('files.write:report.md', 'file:report.md.bak')).toBe(false)
  })

  test('of the workspace covers the workspace itself and everything in it', () => {
    expect(['file:.', 'file:a', 'file:a/b/c'].map((resource) => covers('files.read:.', resource))).toEqual([true, true, true])
  })

  test('of a provider covers its models and those of no other', () => {
    expect(covers('model.generate:openai', 'model:openai:gpt-5')).toBe(true)
    expect(covers('model.generate:openai', 'model:openai2:gpt-5')).toBe(false)
    expect(covers('model.generate:openai:gpt-5', 'model:openai:gpt-5-mini')).toBe(false)
  })

  test('of an area of one’s own covers its accounts and lets content leave to it alone', () => {
    expect(covers('ledger.post:main', 'ledger:main/rent')).toBe(true)
    expect(covers('ledger.post:main', 'ledger:mainland/rent')).toBe(false)
    expect(terms('ledger.post:main').egress).toEqual(['ledger:main'])
  })

  test.each<[string, Partial<GrantTerms>]>([
    ['class=observe', { class: 'observe' }],
    ['uses=3', { uses: 3 }],
    ['uses=0', { uses: 0 }],
    ['rate=10/1m', { rate: { uses: 10, perMs: 60_000 } }],
    ['bytes=100', { sizeBytes: 100 }],
    ['tokens=100', { tokens: 100 }],
    ['money-micro=100', { moneyMicro: 100 }],
    ['compute-ms=100', { computeMs: 100 }],
    ['from=2026-01-01T00:00Z', { notBefore: 1_767_225_600_000 }],
    ['until=2026-01-01T01:00:00+01:00', { expires: 1_767_225_600_000 }],
    ['clear=private', { clearance: 'private' }],
    ['delegable=1', { delegable: 1 }],
    ['uses=3,until=2026-01-01T00:00:00.000Z,clear=secret', { uses: 3, expires: 1_767_225_600_000, clearance: 'secret' }],
  ])('with %s is limited so, and names what it names without', (limit, more) => {
    for (const text of ['files.write:out', 'files.write', 'model.generate:openai']) {
      expect(terms(`${text},${limit}`)).toEqual({ ...terms(text), ...more })
    }
  })

  test('may name a path with a comma, as long as no limit could be meant', () => {
    expect(terms('files.read:a,b.txt').resources).toEqual(['file:a,b.txt/**'])
    expect(terms('files.read:a,b.txt,uses=1')).toMatchObject({ resources: ['file:a,b.txt/**'], uses: 1 })
  })

  test.each([
    'used=3',
    'uses=',
    'uses=-1',
    'uses=1.5',
    'uses=1e3',
    'uses=3,uses=4',
    'rate=10',
    'rate=0/1m',
    'rate=10/1w',
    'rate=10/400d',
    'until=2026-01-01',
    'until=2026-01-01T00:00',
    'until=2026-13-01T00:00Z',
    'clear=all',
    'class=Staged',
    'toString=1',
    'uses=3;until=never',
  ])('with %s is refused instead of granting more than was meant', (limit) => {
    expect(() => terms(`files.write:out,${limit}`)).toThrow(expect.objectContaining({ code: 'usage.invalid' }))
  })

  test.each([
    '',
    ':',
    'files',
    'files.',
    '.read',
    'Files.read',
    '*',
    '*.read',
    'files.r*',
    'files read:src',
    'files.read:src***',
    'files.read:a\u0000b',
    'files.read:*.ts',
    'files.read:**/secret',
    'files.read:./src',
    'files.read:a//b',
    'files.read:../a',
    'files.read:/etc',
    'ledger.post',
  ])('%j is refused, with how to write one', (text) => {
    expect(() => terms(text)).toThrow(expect.objectContaining({ code: 'usage.invalid', hint: expect.stringContaining('ACTION:NAME') }))
  })
})

describe('the words of a grant', () => {
  test('leave no limit out', () => {
    const values: { readonly [name: string]: string } = {
      class: 'irreversible',
      rate: '1/1s',
      from: '2026-01-01T00:00Z',
      until: '2026-01-01T00:00Z',
      clear: 'private',
    }
    const plain = describeTerms(terms('model.generate:openai'))
    for (const name of limitNames) expect(describeTerms(terms(`model.generate:openai,${name}=${values[name] ?? 1}`))).not.toBe(plain)
  })

  test('name everything it allows', () => {
    const limited: GrantTerms = { ...terms('ledger.post:main'), uses: 2, sizeBytes: 100, expires: 0 }
    expect(describeTerms(limited)).toBe(
      'permit ledger.post on ledger:main/** up to irreversible; may leave to ledger:main; at most 2 times; at most 100 bytes; until 1970-01-01T00:00:00.000Z',
    )
    const paced = terms(
      'model.generate:openai,clear=private,rate=10/1m,money-micro=5,tokens=6,compute-ms=7,from=1970-01-01T00:00Z,delegable=1',
    )
    expect(describeTerms(paced)).toBe(
      'permit model.generate on model:openai:** up to observe; may leave to https://api.openai.com:443, also what is private; 10 times and then 10 every 60000 ms; at most 5 millionths of money; at most 6 tokens; at most 7 ms of compute; from 1970-01-01T00:00:00.000Z; may be handed on 1 times',
    )
    expect(describeTerms(terms('files.read:src'))).toBe('permit files.read on file:src/** up to observe; nothing leaves')
  })
})
