import { parseRule } from '../cedar/cedar.ts'
import type { DetailedError } from '../cedar/cedar.ts'
import type { PolicyBundle, PolicyFile } from '../bundle/policy-bundle.ts'
import { isPolicyFileName } from '../bundle/policy-bundle.ts'
import type { Finding, FindingCode } from '../finding.ts'
import { maxBracketDepth, maxExpressionDepth, maxPolicyBytes, maxPolicyFiles, maxRuleChars, maxRules } from '../limits.ts'
import { lineWithin } from '../text/line-within.ts'
import { bracketDepth, splitRules } from '../text/split-rules.ts'
import type { RuleText } from '../text/split-rules.ts'
import { findUnprintable } from '../text/unprintable.ts'
import { readAnnotations } from './annotations.ts'
import { shapeOf } from './policy-json.ts'
import type { Rule } from './rule.ts'

export interface ReadRules {
  /** In the order of files and lines. */
  readonly rules: readonly Rule[]
  readonly findings: readonly Finding[]
}

/** Reads every rule of a policy and everything that is wrong with its text, before any catalog is looked at. */
export function readRules(bundle: PolicyBundle): ReadRules {
  const oversize = sizeProblem(bundle)
  if (oversize !== undefined) return { rules: [], findings: [oversize] }
  const read = bundle.files.map(readFile)
  const rules = read.flatMap((file) => file.rules)
  const findings = [...nameProblems(bundle), ...read.flatMap((file) => file.findings), ...takenNames(rules)]
  if (rules.length > maxRules) findings.push(ofPolicy('policy.too_large', `there are ${rules.length} rules, at most ${maxRules} are read`))
  return { rules, findings }
}

function sizeProblem({ files }: PolicyBundle): Finding | undefined {
  if (files.length > maxPolicyFiles)
    return ofPolicy('policy.too_large', `there are ${files.length} files, at most ${maxPolicyFiles} are read`)
  const sizeBytes = files.reduce((sum, { text }) => sum + new TextEncoder().encode(text).length, 0)
  if (sizeBytes <= maxPolicyBytes) return undefined
  return ofPolicy('policy.too_large', `the policy has ${sizeBytes} bytes, at most ${maxPolicyBytes} are read`)
}

function ofPolicy(code: FindingCode, message: string): Finding {
  return { file: 'policy', line: 0, severity: 'error', code, message }
}

function nameProblems({ files }: PolicyBundle): Finding[] {
  return files.flatMap(({ name }, index): Finding[] => {
    const place = { file: name, line: 0, severity: 'error' } as const
    if (!isPolicyFileName(name)) return [{ ...place, code: 'file.malformed_name', message: 'this is no name of a policy file' }]
    const isRepeated = files.findIndex((file) => file.name === name) < index
    return isRepeated ? [{ ...place, code: 'file.repeated', message: 'two files have this name' }] : []
  })
}

/** A test names a rule by its `@id`, so one name is one rule. */
function takenNames(rules: readonly Rule[]): Finding[] {
  const seen = new Map<string, Rule>()
  return rules.flatMap((rule): Finding[] => {
    if (rule.name === undefined) return []
    const other = seen.get(rule.name)
    seen.set(rule.name, other ?? rule)
    if (other === undefined) return []
    return [findingAt(rule, 'rule.name_taken', { message: `@id ${rule.name} is already that of ${other.id}` })]
  })
}

function readFile({ name, text }: PolicyFile): ReadRules {
  const hidden = findUnprintable(text)
  if (hidden !== undefined) {
    const message = `${hidden.name} cannot be seen by who reviews this`
    const hint = 'write \\u{…} inside of a string, and nothing elsewhere'
    return { rules: [], findings: [{ file: name, line: hidden.line, severity: 'error', code: 'text.unprintable', message, hint }] }
  }
  const rules: Rule[] = []
  const findings: Finding[] = []
  let line = 0
  for (const ruleText of splitRules(text)) {
    const place = { file: name, line: ruleText.line }
    const read = ruleText.line === line ? sharedLine(place) : readRule(place, ruleText)
    line = ruleText.line
    if ('code' in read) findings.push(read)
    else rules.push(read)
  }
  return { rules, findings }
}

interface Place {
  readonly file: string
  readonly line: number
}

function sharedLine(place: Place): Finding {
  const hint = 'a rule is named after its line: give it its own'
  return findingAt(place, 'rule.shared_line', { message: 'a rule before this one begins on the same line', hint })
}

function readRule(place: Place, rule: RuleText): Rule | Finding {
  const { text, tokens } = rule
  const unread = textProblem(place, rule)
  if (unread !== undefined) return unread
  const parsed = parseRule(text)
  if (!parsed.parsed) return malformed(place, text, parsed.errors[0])
  const { annotations, depth, ...shape } = shapeOf(parsed.json)
  if (depth > maxExpressionDepth) {
    const message = `more than ${maxExpressionDepth} operators stand inside one another`
    return findingAt(place, 'rule.too_complex', { message, hint: 'split the rule, or use a set: ["a", "b"].contains(…)' })
  }
  const notes = readAnnotations(shape.effect, annotations)
  if ('code' in notes) return findingAt(place, notes.code, { message: notes.message, hint: notes.hint })
  return { id: `${place.file}:${place.line}`, ...place, text, tokens, ...shape, ...notes }
}

/** What keeps a text from being given to Cedar, whose stack a deep one exhausts for as long as the process lives. */
function textProblem(place: Place, { text, tokens, ended }: RuleText): Finding | undefined {
  if (!ended) return findingAt(place, 'rule.malformed', { message: 'this does not end in ;' })
  if (text.length > maxRuleChars)
    return findingAt(place, 'rule.too_complex', { message: `the rule has more than ${maxRuleChars} characters` })
  if (bracketDepth(tokens) <= maxBracketDepth) return undefined
  return findingAt(place, 'rule.too_complex', { message: `more than ${maxBracketDepth} brackets stand inside one another` })
}

function malformed(place: Place, text: string, error: DetailedError | undefined): Finding {
  const [source] = error?.sourceLocations ?? []
  const line = place.line + (source === undefined ? 0 : lineWithin(text, source.start))
  const message = (error?.message ?? 'this is no rule').replace('failed to parse policy from string: ', '')
  const hint = error?.help ?? source?.label ?? undefined
  return findingAt({ ...place, line }, 'rule.malformed', { message, ...(hint === undefined ? {} : { hint }) })
}

function findingAt({ file, line }: Place, code: FindingCode, said: Said): Finding {
  return { file, line, severity: 'error', code, ...said }
}

interface Said {
  readonly message: string
  readonly hint?: string
}
