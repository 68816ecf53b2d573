import { describe, expect, test } from 'vitest'
import { resourceMatches } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import { describeTerms, parseAllow } from './allow.ts'

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
  test('name everything it allows', () => {
    const limited: GrantTerms = { ...terms('ledger.post:main'), uses: 2, sizeBytes: 100, expires: 0 }
    expect(describeTerms(limited)).toBe(
      'permit ledger.post on ledger:main/** up to irreversible; may leave to ledger:main; at most 2 times; at most 100 bytes; until 1970-01-01T00:00:00.000Z',
    )
    expect(describeTerms(terms('files.read:src'))).toBe('permit files.read on file:src/** up to observe; nothing leaves')
  })
})
