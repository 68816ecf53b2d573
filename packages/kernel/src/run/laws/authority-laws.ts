import { grantMiss, malformedTerm, neverUsed } from '../../authority/grant.ts'
import { budgetMiss } from '../../authority/budget.ts'
import { isAmount } from '../../authority/cost.ts'
import { labelMiss } from '../../authority/label-rule.ts'
import { isLower } from '../../authority/labels.ts'
import { budgetOf } from '../run-budget.ts'
import { openAction } from '../run.ts'
import type { Law } from './law.ts'

export const authorityLaws: readonly Law[] = [
  {
    id: 'authority.grant_covers',
    sentence: 'An authorization names a grant that at that time is live and covers the action in every dimension.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionAuthorized') return undefined
      const grant = before.grants.get(entry.payload.grant)
      if (grant === undefined) return `#${entry.payload.grant} is no grant of this run`
      const name = openAction(before, entry.payload.action)?.name ?? ''
      const use = before.grantUses.get(String(grant.id)) ?? neverUsed
      return grantMiss(grant, { action: name, facts: {}, cost: {}, ...entry.payload.prepared }, { at: entry.at, use })
    },
  },
  {
    id: 'authority.cleared',
    sentence:
      'What leaves is no more confidential than its grant is cleared for, once the run has seen what is secret or not to be believed.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionAuthorized') return undefined
      const clearance = before.grants.get(entry.payload.grant)?.terms.clearance
      const miss = labelMiss(before.label, entry.payload.prepared.egress, clearance)
      return miss === undefined ? undefined : `${before.label} content would leave under a grant cleared for ${clearance ?? 'public'}`
    },
  },
  {
    id: 'authority.declassified',
    sentence: 'A label is lowered from what it is to something below it, by an operator who says why.',
    concerns: ['LabelDeclassified'],
    broken: (before, entry) => {
      if (entry.type !== 'LabelDeclassified') return undefined
      const { from, to, reason } = entry.payload
      if (from !== before.label) return `the label is ${before.label}, not ${from}`
      if (reason.trim() === '') return 'no reason is given'
      return isLower(to, from) ? undefined : `${to} is not below ${from}`
    },
  },
  {
    id: 'authority.budget',
    sentence: 'What an authorization reserves fits into the ceilings of its run, with all that is spent and reserved.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionAuthorized') return undefined
      return budgetMiss(budgetOf(before), entry.payload.prepared.cost ?? {}, ['price_unknown'])
    },
  },
  {
    id: 'authority.well_formed',
    sentence: 'A grant says only what can be checked: known patterns, whole amounts.',
    concerns: ['CapabilityGranted'],
    broken: (_before, entry) => {
      if (entry.type !== 'CapabilityGranted') return undefined
      const malformed = malformedTerm(entry.payload.terms)
      return malformed === undefined ? undefined : `cannot be checked: ${JSON.stringify(malformed)}`
    },
  },
  {
    id: 'authority.spec_grants',
    sentence: 'While provisioning, a run is granted what its request listed and nothing else.',
    concerns: ['CapabilityGranted'],
    broken: (before, entry) => {
      if (entry.type !== 'CapabilityGranted' || before.phase.name !== 'provisioning') return undefined
      const asked = before.spec?.grants[before.grants.list.length]
      return JSON.stringify(asked) === JSON.stringify(entry.payload.terms) ? undefined : 'not what was requested'
    },
  },
  {
    id: 'authority.amounts',
    sentence: 'What is reserved and what is spent are whole amounts that are not negative.',
    concerns: ['ActionSucceeded', 'ActionFailed'],
    broken: (_before, entry) => {
      if (entry.type !== 'ActionSucceeded' && entry.type !== 'ActionFailed') return undefined
      const amounts = Object.values(entry.payload.cost ?? {})
      return amounts.every((amount) => isAmount(amount)) ? undefined : 'no amount'
    },
  },
]
