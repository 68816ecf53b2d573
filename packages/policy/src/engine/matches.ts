import type { PolicyAnswer, PolicyRequest, Sha256 } from '@ice-runtime/kernel'
import { askPrepared } from '../cedar/cedar.ts'
import type { Rule } from '../rule/rule.ts'
import { allowed, forbidden, obliged, questionsOf, strictest } from './judge.ts'
import { asPermits, keepRules } from './rule-set.ts'
import type { RuleSet } from './rule-set.ts'

/** The satisfied rules, one list for each resource that makes a difference. */
export type Matches = readonly (readonly Rule[])[]

/** Says which rules of a set a request satisfies, permits and forbids alike; undefined when one cannot be evaluated. */
export function openMatches(set: RuleSet, sha256: Sha256): (request: PolicyRequest) => Matches | undefined {
  const permits = keepRules(asPermits(set.rules), sha256)
  return (request) => {
    const asked = questionsOf(set, request)
    if ('problem' in asked) return undefined
    const matches: (readonly Rule[])[] = []
    for (const question of asked.questions) {
      const answer = askPrepared(permits, set.schemaName, question)
      if (answer.type === 'failed') return undefined
      matches.push(set.rules.filter((rule) => answer.rules.includes(rule.id)))
    }
    return matches
  }
}

/** What an engine over these rules answers where these are satisfied: `without` one rule, whatever it would have said. */
export function answerTo(set: RuleSet, matches: Matches, without?: Rule): PolicyAnswer {
  return strictest(
    set,
    matches.map((satisfied) =>
      answerToOne(
        set,
        satisfied.filter((rule) => rule !== without),
      ),
    ),
  )
}

function answerToOne(set: RuleSet, satisfied: readonly Rule[]): PolicyAnswer {
  const forbids = satisfied.filter((rule) => rule.effect === 'forbid')
  const permits = satisfied.filter((rule) => rule.effect === 'permit')
  if (forbids.length === 0) return permits.length === 0 ? forbidden([]) : allowed(permits)
  if (permits.length === 0 || forbids.some((rule) => rule.obligations.length === 0)) return forbidden(forbids)
  return obliged(set.rules, forbids, permits)
}
