import { expect, test } from 'vitest'
import type { GrantTerms } from '@ice-runtime/kernel'
import { knownTerms } from './known-allowance.ts'

const names = ['files.read', 'files.write', 'agent.spawn', 'time.now', 'ledger.post']

function termsOf(...actions: readonly string[]): GrantTerms {
  return { actions, resources: ['file:**'], class: 'staged', egress: [] }
}

test.each([[['files.read']], [['files.*']], [['ledger.post', 'time.now']]])('terms for %j are taken: there are such actions', (actions) => {
  expect(knownTerms(termsOf(...actions), names)).toEqual(termsOf(...actions))
})

test.each([
  ['files.raed', 'did you mean files.read?'],
  ['file.write', 'did you mean files.write?'],
  ['agent.spwan', 'did you mean agent.spawn?'],
  ['ledger.psot', 'did you mean ledger.post?'],
  ['http.request', 'there are agent.spawn, files.read, files.write, ledger.post, time.now'],
])('terms for %s are refused, and the hint is: %s', (action, hint) => {
  expect(() => knownTerms(termsOf('files.read', action), names)).toThrow(
    expect.objectContaining({ code: 'usage.invalid', message: `there is no action ${action}`, hint }),
  )
})
