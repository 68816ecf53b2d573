import { hostDrivers } from '@ice-runtime/adapters'
import { malformedTerm } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import { expect, test } from 'vitest'
import { parseHostAllow, usualHostGrants } from './host-grants.ts'

const unknown = ['host:unknown']

test.each<[text: string, terms: Partial<GrantTerms>]>([
  ['files.read', { resources: ['file:**'], class: 'observe', egress: [] }],
  ['files.read:.', { resources: ['file:**'] }],
  ['files.write:src', { resources: ['file:src/**'], class: 'irreversible', egress: [] }],
  ['files.write:src/', { resources: ['file:src/**'] }],
  ['process.run:git', { resources: ['program:git'], egress: unknown }],
  ['process.run', { resources: ['program:**'], egress: unknown }],
  ['mcp.call:notes', { resources: ['mcp:notes/**'], egress: ['mcp:notes'] }],
  ['mcp.call:notes/add', { resources: ['mcp:notes/add'], egress: ['mcp:notes'] }],
  ['http.request:https://example.org:443/a/**', { resources: ['url:https://example.org:443/a/**'], egress: ['https://example.org:443'] }],
  ['http.request', { resources: ['url:**'], egress: ['host:unknown', 'http:**', 'https:**'] }],
  ['agent.spawn:Explore,uses=3', { resources: ['agent:Explore'], uses: 3 }],
  ['host.tool:ToolSearch,clear=public', { resources: ['tool:ToolSearch'], clearance: 'public' }],
])('%s is an allowance for a host', (text, terms) => {
  const parsed = parseHostAllow(text)
  expect(parsed).toMatchObject({ actions: [text.split(/[:,]/)[0]], ...terms })
  expect(malformedTerm(parsed)).toBeUndefined()
})

test.each(['', 'files.fly', 'files.*', 'toString', 'files.read:a*', 'files.read,lives=9'])('%j is none', (text) => {
  expect(() => parseHostAllow(text)).toThrow('cannot read the allowance')
})

test('what is usual names every action a host does, and can be checked', () => {
  const [terms] = usualHostGrants
  expect([...(terms?.actions ?? [])].sort()).toEqual(
    hostDrivers('codex', '/project')
      .map(({ action }) => action)
      .sort(),
  )
  expect(terms === undefined ? 'none' : malformedTerm(terms)).toBeUndefined()
})
