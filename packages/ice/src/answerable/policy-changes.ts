import { IceError } from '@ice-runtime/kernel'
import type { PolicyEngine, PolicyRequest } from '@ice-runtime/kernel'
import { openCedarPolicy, policyBundle, suggestRule } from '@ice-runtime/policy'
import type { PolicyFile } from '@ice-runtime/policy'
import { sha256 } from '@ice-runtime/stores/sqlite'
import type { RecordedPolicy } from './recorded-policy.ts'

/** A policy that differs from another in one thing. */
export interface PolicyChange {
  /** What is different, for people. */
  readonly text: string
  readonly engine: PolicyEngine
}

/** Rules that are tried to be left out, at most: each is a policy to open. */
const maxTried = 16

/**
 * What could be otherwise in the text of a policy so that it would answer a request differently: without one of the rules that forbid
 * it, or with the least rule that permits it. Nothing says yet that the answer is another: whoever asks evaluates it.
 */
export function policyChanges({ engine, source }: RecordedPolicy, request: PolicyRequest): readonly PolicyChange[] {
  if (source === undefined) return []
  const { bundle, actions } = source
  const open = (files: readonly PolicyFile[], text: string): readonly PolicyChange[] => {
    try {
      return [{ text, engine: openCedarPolicy({ bundle: policyBundle(files), actions, sha256 }) }]
    } catch (error) {
      if (error instanceof IceError) return []
      throw error
    }
  }
  const forbidding = (engine.explain?.(request) ?? []).filter(({ effect, satisfied }) => effect === 'forbid' && satisfied)
  const without = forbidding.slice(0, maxTried).flatMap(({ rule }) => open(withoutRule(bundle.files, rule), `without the rule ${rule}`))
  const suggested = suggestRule({ from: 'explain', request }, { actions, sha256 })
  const rule = suggested?.rule.trim()
  const files = [...bundle.files, { name: 'explain-suggested.cedar', text: rule ?? '' }]
  return rule === undefined ? without : [...without, ...open(files, `with the rule\n${rule}`)]
}

/** The files with one rule blanked out from its line to its semicolon, so that every other rule keeps its place. */
function withoutRule(files: readonly PolicyFile[], rule: string): readonly PolicyFile[] {
  const colon = rule.lastIndexOf(':')
  const [name, line] = [rule.slice(0, colon), Number(rule.slice(colon + 1))]
  return files.map((file) => (file.name === name ? { name, text: blanked(file.text, line) } : file))
}

function blanked(text: string, line: number): string {
  const start = startOfLine(text, line)
  const end = endOfRule(text, start)
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end)
}

/** Where a line begins, from 1. */
export function startOfLine(text: string, line: number): number {
  const lines = text.split('\n')
  return lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
}

/** Just behind the semicolon that ends a rule; one inside a string ends nothing. */
export function endOfRule(text: string, start: number): number {
  let quoted = false
  for (let index = start; index < text.length; index += 1) {
    const character = text[index]
    if (character === '\\' && quoted) index += 1
    else if (character === '"') quoted = !quoted
    else if (character === '/' && text[index + 1] === '/' && !quoted)
      index = text.indexOf('\n', index) === -1 ? text.length : text.indexOf('\n', index)
    else if (character === ';' && !quoted) return index + 1
  }
  return text.length
}
