import type { PolicyRequest, RuleId } from '@ice-runtime/kernel'
import { openMatches, answerTo } from '../engine/matches.ts'
import type { Matches } from '../engine/matches.ts'
import { openRules } from '../engine/open-cedar-policy.ts'
import type { RuleSet } from '../engine/rule-set.ts'
import { isSameAnswer } from '../engine/same-answer.ts'
import type { Rule } from '../rule/rule.ts'
import type { RecordedRequest } from './policy-case.ts'
import { readCases } from './read-cases.ts'
import type { PolicyTestsOptions } from './run-policy-tests.ts'

/** How often a rule mattered. A rule that never did is not yet known to say what it was meant to. */
export interface RuleCoverage {
  readonly rule: RuleId
  readonly effect: 'permit' | 'forbid'
  /** Cases that satisfied it. */
  readonly tests: number
  /** Recorded requests that satisfied it. */
  readonly recorded: number
  /** Of both, those that would have been answered otherwise without it. */
  readonly decisive: number
}

/** Counts for every rule, in order. Requests that cannot be evaluated count for none. Throws `policy.invalid`. */
export function policyCoverage(options: PolicyTestsOptions & { readonly recorded: readonly RecordedRequest[] }): readonly RuleCoverage[] {
  const open = openRules(options)
  const counts = new Map(open.rules.map((rule) => [rule, { tests: 0, recorded: 0, decisive: 0 }]))
  const matchers = new Map<RuleSet, (request: PolicyRequest) => Matches | undefined>()
  const count = (request: PolicyRequest, kind: 'tests' | 'recorded'): void => {
    const set = open.setOf(request.action)
    if (set === undefined) return
    const matcher = matchers.get(set) ?? openMatches(set, options.sha256)
    matchers.set(set, matcher)
    const matches = matcher(request)
    for (const rule of new Set(matches?.flat())) {
      const counted = counts.get(rule)
      if (counted === undefined || matches === undefined) continue
      counted[kind] += 1
      if (changesAnswer(set, matches, rule)) counted.decisive += 1
    }
  }
  for (const file of options.tests) for (const { request } of readCases(file, options.actions)) count(request, 'tests')
  for (const { request } of options.recorded) count(request, 'recorded')
  return [...counts].map(([{ id, effect }, counted]) => ({ rule: id, effect, ...counted }))
}

function changesAnswer(set: RuleSet, matches: Matches, rule: Rule): boolean {
  return !isSameAnswer(answerTo(set, matches), answerTo(set, matches, rule))
}
