import { IceError } from '@ice-runtime/kernel'
import type { PolicyEngine, PolicyRequest } from '@ice-runtime/kernel'
import { openCedarPolicy, policyBundle, suggestRule, withoutRule } from '@ice-runtime/policy'
import type { PolicyFile } from '@ice-runtime/policy'
import { sha256 } from '../sha256.ts'
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
  const without = forbidding.slice(0, maxTried).flatMap(({ rule }) => open(withoutRule(bundle, rule).files, `without the rule ${rule}`))
  const suggested = suggestRule({ from: 'explain', request }, { actions, sha256 })
  const rule = suggested?.rule.trim()
  const files = [...bundle.files, { name: 'explain-suggested.cedar', text: rule ?? '' }]
  return rule === undefined ? without : [...without, ...open(files, `with the rule\n${rule}`)]
}
