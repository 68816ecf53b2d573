import { maxJsonChars } from '@ice-runtime/kernel'
import { describe, expect, test } from 'vitest'
import { hosts } from '../host.ts'
import type { Host } from '../host.ts'
import { readHookCall } from '../host-hooks.ts'

const claude = {
  session_id: 's1',
  cwd: '/project',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'ls' },
  tool_use_id: 't1',
}
const cursor = {
  conversation_id: 'c1',
  workspace_roots: ['/project'],
  hook_event_name: 'preToolUse',
  tool_name: 'Shell',
  tool_input: { command: 'ls' },
  tool_use_id: 't1',
}
const payloads: Readonly<Record<Host, Readonly<Record<string, unknown>>>> = { 'claude-code': claude, codex: claude, cursor }

describe.each(hosts)('%s', (host) => {
  const payload = payloads[host]
  const read = (text: string): unknown => readHookCall(host, text)

  test('is understood with members nobody knows', () => {
    const text = JSON.stringify({ ...payload, surprise: { deep: [1] } })
    expect(read(text)).toMatchObject({ host, event: 'before', cwd: '/project', toolUseId: 't1', input: { command: 'ls' } })
  })

  test.each(['hook_event_name', 'tool_name', 'tool_input', 'tool_use_id'])('is refused without %s', (member) => {
    expect(() => read(JSON.stringify({ ...payload, [member]: undefined }))).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
  })

  test.each([
    ['tool_input', 'ls'],
    ['tool_input', ['ls']],
    ['tool_input', null],
    ['tool_name', ''],
    ['tool_name', 7],
    ['tool_use_id', null],
    ['hook_event_name', {}],
  ])('is refused with %s %j', (member, value) => {
    expect(() => read(JSON.stringify({ ...payload, [member]: value }))).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
  })

  test.each([
    '',
    'null',
    '[]',
    '"text"',
    '{',
    '{"tool_name":"Read","tool_name":"Bash"}',
    '{"__proto__":{}}',
    '{"a":"\\ud800"}',
    '{"a":9007199254740993}',
    `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
  ])('is refused as %s', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
  })

  test('tells what it does not decide about as such', () => {
    expect(read(JSON.stringify({ ...payload, hook_event_name: host === 'cursor' ? 'stop' : 'Stop' }))).toMatchObject({ event: 'other' })
  })
})

test.each(['relative', '', '/a\0b', 7])('a working directory %j is refused', (cwd) => {
  expect(() => readHookCall('claude-code', JSON.stringify({ ...claude, cwd }))).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
})

test('Cursor is understood when it calls a hook of Claude Code', () => {
  expect(readHookCall('cursor', JSON.stringify(claude))).toMatchObject({ host: 'cursor', event: 'before', session: 's1' })
})

test('Cursor without a conversation or a place is refused', () => {
  for (const member of ['conversation_id', 'workspace_roots']) {
    const text = JSON.stringify({ ...cursor, [member]: undefined })
    expect(() => readHookCall('cursor', text)).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
  }
})

test('a payload longer than anything that is read is refused as any other', () => {
  const text = JSON.stringify({ ...claude, tool_input: { command: 'x'.repeat(maxJsonChars) } })
  expect(() => readHookCall('claude-code', text)).toThrow(expect.objectContaining({ code: 'hook.malformed' }))
})
