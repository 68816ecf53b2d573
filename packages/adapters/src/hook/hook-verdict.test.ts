import { describe, expect, test } from 'vitest'
import { hosts } from '../host.ts'
import { hookAnswer } from '../host-hooks.ts'
import { maxReasonChars } from './hook-verdict.ts'

describe.each(hosts)('%s', (host) => {
  test('is stopped by a denial, with the rule on both channels it may read', () => {
    const { stdout, stderr, exitCode } = hookAnswer(host, { type: 'deny', reason: 'main.cedar:3 forbids it' })
    expect(exitCode).toBe(2)
    expect(stderr).toBe('main.cedar:3 forbids it\n')
    expect(stdout === '' || stdout.includes('main.cedar:3 forbids it')).toBe(true)
  })

  test('is stopped by our own failure', () => {
    const { stdout, stderr, exitCode } = hookAnswer(host, { type: 'failure', code: 'store.failed', message: 'disk full' })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('store.failed')
    expect(stdout).not.toContain('allow')
  })

  test('is stopped with words even where none were given, since Codex goes on without', () => {
    for (const reason of ['', ' ', '\u0007\n', '\u200b']) {
      expect(hookAnswer(host, { type: 'deny', reason }).stderr.trim()).not.toBe('')
    }
  })

  test('is not stopped by an allowance or by silence', () => {
    expect(hookAnswer(host, { type: 'allow', reason: 'main.cedar:1' })).toMatchObject({ exitCode: 0, stderr: '' })
    expect(hookAnswer(host, { type: 'silent' })).toStrictEqual({ stdout: '', stderr: '', exitCode: 0 })
  })

  test('is never handed another input', () => {
    const verdicts = ['allow', 'ask', 'deny'] as const
    for (const type of verdicts) expect(hookAnswer(host, { type, reason: 'r' }).stdout).not.toMatch(/updated_?input/i)
  })

  test('gets a reason of one bounded line without control characters, as it may quote what an agent wrote', () => {
    const { stdout, stderr } = hookAnswer(host, { type: 'deny', reason: `a\n"}\u001b[2J\u202e${'x'.repeat(5000)}\ud800` })
    expect(stderr).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u)
    expect(stderr.length).toBeLessThanOrEqual(maxReasonChars + 1)
    expect(() => void JSON.parse(stdout === '' ? '{}' : stdout)).not.toThrow()
  })
})

test('only Claude Code can ask a person; for the others a question is a denial', () => {
  expect(JSON.parse(hookAnswer('claude-code', { type: 'ask', reason: 'why' }).stdout)).toStrictEqual({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask', permissionDecisionReason: 'why' },
  })
  expect(hookAnswer('codex', { type: 'ask', reason: 'why' }).exitCode).toBe(2)
  expect(hookAnswer('cursor', { type: 'ask', reason: 'why' })).toMatchObject({ exitCode: 2 })
})

test('Codex is allowed by silence, since it takes an allowance for a failed hook', () => {
  expect(hookAnswer('codex', { type: 'allow', reason: 'r' }).stdout).toBe('')
})
