import { describe, expect, test } from 'vitest'
import { importedSettlement } from '../reported-settlement.ts'
import { transcriptLines } from '../../tests/fixtures.ts'
import { maxImportedUses, readClaudeTranscript } from './read-claude-transcript.ts'

const version = '2.1.332'
const use = (id: string, more: object = {}): string =>
  JSON.stringify({
    type: 'assistant',
    sessionId: 's',
    cwd: '/project',
    timestamp: '2026-01-01T00:00:00.000Z',
    message: { content: [{ type: 'tool_use', id, name: 'Bash', input: { command: 'ls' } }] },
    ...more,
  })
const result = (id: string, more: object = {}, block: object = {}): string =>
  JSON.stringify({
    type: 'user',
    sessionId: 's',
    cwd: '/project',
    timestamp: '2026-01-01T00:00:01.000Z',
    message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'done', ...block }] },
    ...more,
  })

describe('a transcript as Claude Code wrote it', () => {
  const read = readClaudeTranscript(transcriptLines(version, 'every-tool'))

  test('gives every use in order, each with its outcome', () => {
    expect(read.uses.map(({ tool, outcome }) => [tool, outcome?.type])).toStrictEqual([
      ['Read', 'succeeded'],
      ['Edit', 'succeeded'],
      ['Write', 'succeeded'],
      ['Bash', 'failed'],
      ['Glob', 'succeeded'],
      ['Grep', 'succeeded'],
      ['ToolSearch', 'succeeded'],
      ['WebFetch', 'failed'],
      ['Agent', 'succeeded'],
    ])
    expect(read).toMatchObject({ truncated: false, counts: { unreadable: 0, incomplete: 0, unmatched: 0 } })
    expect(read.counts.other).toBeGreaterThan(0)
  })

  test('gives times in order, and places', () => {
    for (const { at, outcome, cwd, sidechain } of read.uses) {
      expect(at).toBeGreaterThan(Date.parse('2026-01-01'))
      expect(outcome?.at).toBeGreaterThanOrEqual(at)
      expect([cwd, sidechain]).toStrictEqual(['/project', false])
    }
  })

  test('marks what an agent of the agent did', () => {
    const { uses } = readClaudeTranscript(transcriptLines(version, 'subagent'))
    expect(uses).toMatchObject([{ tool: 'Bash', sidechain: true, agent: 'aea9934e402b046d6', outcome: { type: 'succeeded' } }])
  })

  test.each([
    ['denied-by-hook', 'permission-rule'],
    ['denied-by-person', 'user-rejected'],
  ])('tells what was refused from what failed: %s', (name, how) => {
    const { uses } = readClaudeTranscript(transcriptLines(version, name))
    expect(uses).toMatchObject([{ tool: 'Bash', outcome: { type: 'refused', how } }])
    const [{ outcome } = {}] = uses
    if (outcome === undefined) throw new Error('no outcome')
    expect(importedSettlement(outcome)).toMatchObject({ type: 'failed', code: 'effect.not_done' })
  })
})

test('nothing in a transcript is fatal, and everything is counted', () => {
  const lines = [
    'no json',
    '[]',
    '7',
    '{"type":7}',
    '{"a":1,"a":2}',
    '{"type":"new-kind-of-line","secret":1}',
    '{"type":"assistant"}',
    '{"type":"assistant","message":{"content":"text"}}',
    use('t1', { cwd: 'relative' }),
    use('t2', { timestamp: 'yesterday' }),
    use('t3', { sessionId: undefined }),
    use('', {}),
    result('never-asked'),
    '',
    use('t4'),
  ]
  expect(readClaudeTranscript(lines)).toMatchObject({
    uses: [{ toolUseId: 't4', line: 14 }],
    counts: { lines: 14, unreadable: 5, other: 3, incomplete: 4, unmatched: 1 },
  })
})

test('a use without a result has no outcome', () => {
  expect(readClaudeTranscript([use('t1')]).uses[0]).not.toHaveProperty('outcome')
})

test('what a resumed conversation repeats counts once', () => {
  const { uses, counts } = readClaudeTranscript([use('t1'), result('t1'), use('t1'), result('t1'), use('t1', { sessionId: 'other' })])
  expect(uses.map(({ session }) => session)).toStrictEqual(['s', 'other'])
  expect(counts.unmatched).toBe(0)
})

test('a long result is kept by size and digest, a short one whole', () => {
  const { uses } = readClaudeTranscript([use('t1'), result('t1', {}, { content: 'x'.repeat(5000) }), use('t2'), result('t2')])
  expect(uses[0]?.outcome?.result).toStrictEqual({ sizeBytes: 5002, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  expect(uses[1]?.outcome?.result).toMatchObject({ value: 'done', sizeBytes: 6 })
})

test('a transcript is read only so far, and says that there was more', () => {
  let given = 0
  const endless = function* (): Generator<string> {
    for (; ; given += 1) yield use(`t${given}`)
  }
  const { uses, truncated } = readClaudeTranscript(endless())
  expect([uses.length, truncated, given]).toStrictEqual([maxImportedUses, true, maxImportedUses])
})
