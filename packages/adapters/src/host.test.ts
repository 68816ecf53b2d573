import { expect, test } from 'vitest'
import { hosts, parseHost } from './host.ts'

test('a host is known by its exact name', () => {
  for (const host of hosts) expect(parseHost(host)).toBe(host)
  for (const text of ['', 'Claude-Code', 'claude code', 'constructor', 'codex ']) {
    expect(() => parseHost(text)).toThrow(expect.objectContaining({ code: 'usage.invalid' }))
  }
})
