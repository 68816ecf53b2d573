import { tmpdir } from 'node:os'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileDrivers } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { hostDrivers, hosts } from '@ice-runtime/adapters'
import type { FactDeclarations } from '@ice-runtime/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'facts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a fact that the runtime and a host both state of an action is of one type, so that one rule reads both', () => {
  using root = openRoot(folder)
  const shared: string[] = []
  for (const driver of fileDrivers({ root })) {
    const other = hostDrivers('claude-code', '/project').find(({ action }) => action === driver.action)
    for (const [name, { type }] of Object.entries(other?.facts ?? {})) {
      const own = driver.facts[name]
      if (own === undefined) continue
      shared.push(`${driver.action} ${name}`)
      expect([name, type]).toStrictEqual([name, own.type])
    }
  }
  expect(shared).toContain('files.read path')
  expect(shared).toContain('files.write newSizeBytes')
  expect(shared).toContain('files.search secretShaped')
})

test('every host states the same facts of the same action', () => {
  const [first, ...others] = hosts.map((host) => hostDrivers(host, '/project').map(({ action, facts }) => ({ action, facts })))
  for (const other of others) expect(other).toStrictEqual(first)
})

test('the reference lists every action of a host with its facts', () => {
  const page = readFileSync(new URL('../docs/reference/host-actions.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z]+\.[a-z]+)` \|[^|]*\|[^|]*\| (.+) \|$/gm)].map(([, action = '', facts = '']) => [
    action,
    facts,
  ])
  const expected = hostDrivers('claude-code', '/project').map(({ action, facts }) => [action, factText(facts)])
  expect(rows).toStrictEqual(expected)
})

function factText(facts: FactDeclarations): string {
  return Object.entries(facts)
    .map(([name, { type, optional }]) => `\`${name}\` ${type}${optional === true ? ' (optional)' : ''}`)
    .join(', ')
}
