import { describe, expect, test } from 'vitest'
import { sha256 } from '../../tests/fixture.ts'
import { policyBundle, policyBytes, policyDigest, readPolicyBundle } from './policy-bundle.ts'

const bundle = policyBundle([
  { name: 'b.cedar', text: '// b\n' },
  { name: 'a/a.cedar', text: '// é\r\n' },
])
const text = '{"files":[{"name":"a/a.cedar","text":"// é\\r\\n"},{"name":"b.cedar","text":"// b\\n"}]}'
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)

test('a bundle is its files in order, and so are its bytes', () => {
  expect(new TextDecoder().decode(policyBytes(bundle))).toBe(text)
  expect(readPolicyBundle(bytes(text))).toEqual(bundle)
  expect(policyDigest(bundle, sha256)).toMatch(/^[0-9a-f]{64}$/)
})

describe('bytes that are not exactly a bundle are refused:', () => {
  test.each([
    ['no JSON', 'policy'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no files', '{}'],
    ['files that are none', '{"files":[1]}'],
    ['a file without a text', '{"files":[{"name":"a"}]}'],
    ['another member', '{"files":[],"version":1}'],
    ['another member of a file', '{"files":[{"name":"a","text":"","mode":1}]}'],
    ['white space', '{"files": []}'],
    ['files out of order', '{"files":[{"name":"b","text":""},{"name":"a","text":""}]}'],
    ['a file twice', '{"files":[{"name":"a","text":""},{"name":"a","text":"x"}]}'],
    ['a name that leads out', '{"files":[{"name":"../a","text":""}]}'],
    ['a lone surrogate', '{"files":[{"name":"a","text":"\\ud800"}]}'],
  ])('%s', (_what, content) => {
    expect(() => readPolicyBundle(bytes(content))).toThrow(expect.objectContaining({ code: 'policy.invalid' }))
  })
})

test.each([['a b'], [''], ['a/'], ['a//b'], ['a/.b']])('%j is no name of a policy file', (name) => {
  expect(() => policyBundle([{ name, text: '' }])).toThrow(expect.objectContaining({ code: 'policy.invalid' }))
})
