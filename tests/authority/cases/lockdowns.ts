import { ada } from '@ice-runtime/conformance'
import type { SystemOrder } from '@ice-runtime/kernel'
import type { AuthorityCase } from '../authority-case.ts'

const lockdown = (on: boolean, agent?: string): { readonly order: SystemOrder } => ({
  order: { type: 'SetLockdown', on, reason: 'it went wrong', by: ada.subject, ...(agent === undefined ? {} : { agent }) },
})
const keep = { propose: { action: 'test.keep', args: {} } }
const kept = ['proposed test.keep', 'authorized any', 'succeeded']
const stopped = ['proposed test.keep', 'refused lockdown lockdown.on']

/** What an operator stops for all runs, or for those of one agent. */
export const lockdownCases: readonly AuthorityCase[] = [
  {
    name: 'a lockdown stops what was allowed a moment ago',
    stage: 'lockdown',
    steps: [keep, lockdown(true), keep],
    events: [...kept, ...stopped, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a lockdown of an agent stops that agent',
    stage: 'lockdown',
    steps: [lockdown(true, 'worker'), keep],
    events: [...stopped, 'committed'],
  },
  {
    name: 'a lockdown of another agent stops nobody else',
    stage: 'allowed',
    steps: [lockdown(true, 'worke'), keep],
    events: [...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a lockdown that is over stops nothing',
    stage: 'allowed',
    steps: [lockdown(true), keep, lockdown(false), keep],
    events: [...stopped, ...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'what waits for the commit does not leave under a lockdown',
    stage: 'lockdown',
    steps: [{ propose: { action: 'test.send', args: {} } }, lockdown(true)],
    events: ['proposed test.send', 'authorized any deferred', 'suspended lockdown.on'],
  },
  {
    name: 'a lockdown is asked before any grant',
    stage: 'lockdown',
    grants: [],
    steps: [lockdown(true), keep],
    events: [...stopped, 'committed'],
  },
]
