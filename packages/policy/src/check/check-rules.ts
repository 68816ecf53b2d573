import { validateRules } from '../cedar/cedar.ts'
import type { DetailedError } from '../cedar/cedar.ts'
import { schemaOf } from '../cedar/schema.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import type { Finding, FindingCode, Severity } from '../finding.ts'
import { groupsOf } from '../rule/rule.ts'
import type { Rule } from '../rule/rule.ts'
import { lineWithin } from '../text/line-within.ts'
import { nearestName } from '../text/nearest-name.ts'

/** What is wrong with rules in view of the actions there are: names, types, facts that may be absent, rules that never match. */
export function checkRules(rules: readonly Rule[], actions: readonly PolicyAction[]): readonly Finding[] {
  const names = new Set(actions.flatMap(({ action }) => [action, ...groupsOf(action)]))
  const absent = new Set(rules.flatMap((rule) => rule.actionsNamed.filter((name) => !names.has(name))))
  const unknown = rules.flatMap((rule) => unknownActions(rule, absent, names))
  const answer = validateRules(
    Object.fromEntries(rules.map((rule) => [rule.id, rule.text])),
    schemaOf(representatives(rules, actions), [...absent]),
  )
  if (typeof answer === 'string') return [{ file: 'catalog', line: 0, severity: 'error', code: 'rule.type', message: answer }]
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  const findings = (reports: typeof answer.errors, severity: Severity): Finding[] =>
    reports.flatMap(({ policyId, error }) => {
      const rule = byId.get(policyId)
      return rule === undefined ? [] : [findingOf(rule, error, severity)]
    })
  return inOrder(distinct([...unknown, ...findings(answer.errors, 'error'), ...findings(answer.warnings, 'warning')]), rules)
}

/**
 * One of all actions that rules cannot tell apart: in the same groups, with the same facts, named by none. What is validated of it holds
 * for the others, and a catalog of a thousand tools is checked in the time of a few.
 */
function representatives(rules: readonly Rule[], actions: readonly PolicyAction[]): readonly PolicyAction[] {
  const named = new Set(rules.flatMap((rule) => rule.actionsNamed))
  const kinds = Map.groupBy(actions, ({ action, facts }) =>
    named.has(action)
      ? action
      : JSON.stringify([groupsOf(action), Object.entries(facts).sort(([left], [right]) => (left < right ? -1 : 1))]),
  )
  return [...kinds.values()].flatMap((kind) => kind.slice(0, 1))
}

/**
 * A name that the catalog lacks. Whole areas may be missing where a runtime has no such drivers; but a forbid on another action of an
 * area that is there protects nothing and looks as if it did.
 */
function unknownActions(rule: Rule, absent: ReadonlySet<string>, names: ReadonlySet<string>): Finding[] {
  return rule.actionsNamed
    .filter((name) => absent.has(name))
    .map((name) => {
      const isMistake = rule.effect === 'forbid' && groupsOf(name).some((group) => names.has(group))
      const near = nearestName(name, names)
      const hint = near === undefined ? {} : { hint: `did you mean ${near}?` }
      const { file, line } = rule
      return {
        file,
        line,
        severity: isMistake ? 'error' : 'warning',
        code: 'rule.unknown_action',
        message: `no action is named ${name}`,
        ...hint,
      }
    })
}

function findingOf(rule: Rule, error: DetailedError, severity: Severity): Finding {
  const [source] = error.sourceLocations ?? []
  const line = rule.line + (source === undefined ? 0 : lineWithin(rule.text, source.start))
  const code = severity === 'error' ? 'rule.type' : warningCode(error.message)
  const message = code === 'rule.never_matches' ? 'no request can satisfy this rule' : withoutId(error.message)
  return { file: rule.file, line, severity, code, message, ...(error.help === null ? {} : { hint: withoutId(error.help) }) }
}

function warningCode(message: string): FindingCode {
  return /policy is impossible|unable to find an applicable action/.test(message) ? 'rule.never_matches' : 'rule.suspicious'
}

function withoutId(message: string): string {
  return message.replace(/^for policy `[^`]*`, /, '')
}

/** Cedar says some things once for each action. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [
    ...new Map(findings.map((finding) => [JSON.stringify([finding.file, finding.line, finding.code, finding.message]), finding])).values(),
  ]
}

function inOrder(findings: readonly Finding[], rules: readonly Rule[]): readonly Finding[] {
  const files = [...new Set(rules.map((rule) => rule.file))]
  return findings.toSorted((left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line)
}
