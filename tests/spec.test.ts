import { fileURLToPath } from 'node:url'
import { byteLaws, kinLaws, laws, standingLaws, systemLaws } from '@ice-runtime/kernel'
import { describe, expect, test } from 'vitest'
import { readRepository } from '../scripts/architecture/repository.ts'
import { readRequirements, specificationProblems } from '../scripts/specification.ts'

test('each MUST has a law, each law a MUST, and each law a test that cites it', () => {
  const { files } = readRepository(fileURLToPath(new URL('..', import.meta.url)))
  const problems = specificationProblems({
    specifications: files.filter((file) => /^spec\/\d{4}-.*\.md$/.test(file.path)),
    lawIds: [...byteLaws, ...laws, ...kinLaws, ...standingLaws, ...systemLaws].map((law) => law.id),
    // This file cites ids as examples, which tests nothing.
    tests: files.filter((file) => file.path.endsWith('.test.ts') && file.path !== 'tests/spec.test.ts'),
  })
  expect(problems).toEqual([])
})

const specification = { path: 'spec/0009.md', text: 'Places MUST have no gap [log.gapless]. They are numbers.\n' }
const cited = { path: 'a.test.ts', text: `test('log.gapless holds')` }

describe('a complete specification', () => {
  test('has no problems', () => {
    expect(specificationProblems({ specifications: [specification], lawIds: ['log.gapless'], tests: [cited] })).toEqual([])
  })

  test('is one whose MUST has a law', () => {
    const bare = { path: 'spec/0009.md', text: `${specification.text}\n- A run MUST NOT move back.\n` }
    expect(specificationProblems({ specifications: [bare], lawIds: ['log.gapless'], tests: [cited] })).toEqual([
      'spec/0009.md: no law for “A run MUST NOT move back.”',
    ])
  })

  test('is one whose laws have a MUST', () => {
    const tests = [cited, { path: 'b.test.ts', text: 'log.chain' }]
    expect(specificationProblems({ specifications: [specification], lawIds: ['log.gapless', 'log.chain'], tests })).toEqual([
      'log.chain: no MUST cites this law',
    ])
  })

  test('is one whose laws have a test', () => {
    expect(specificationProblems({ specifications: [specification], lawIds: ['log.gapless'], tests: [] })).toEqual([
      'log.gapless: no test cites this law',
    ])
  })

  test('cites only laws that exist', () => {
    const wrong = { ...specification, text: 'Places MUST have no gap [log.gaples].' }
    expect(specificationProblems({ specifications: [wrong], lawIds: ['log.gapless'], tests: [cited] })).toContain(
      'log.gaples: cited by a specification, but there is no such law',
    )
  })

  test('is not an empty one', () => {
    expect(specificationProblems({ specifications: [], lawIds: [], tests: [] })).toEqual(['no MUST was found', 'no law was found'])
  })
})

test('sentences of a list, a wrapped line and a paragraph are told apart', () => {
  const text =
    '# MUST in a heading\n\nIt is so. One MUST\nhold [a.b]. Two hold.\n- Three MUST hold [c.d].\n- Four holds.\n\n```\nMUST\n```\n'
  expect(readRequirements({ path: 's.md', text })).toEqual([
    { path: 's.md', sentence: 'One MUST hold [a.b].', laws: ['a.b'] },
    { path: 's.md', sentence: 'Three MUST hold [c.d].', laws: ['c.d'] },
  ])
})
