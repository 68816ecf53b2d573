import type { RecordedPolicy } from '@ice-runtime/ice/record'
import { describeBuiltinRule } from '@ice-runtime/kernel'
import type { PolicyRequest } from '@ice-runtime/kernel'

/** What a rule says of itself; undefined where it says nothing, or its policy is not at hand. */
export function ruleSentence(rule: string, policy: RecordedPolicy | undefined, request: PolicyRequest | undefined): string | undefined {
  const builtin = describeBuiltinRule(rule)
  if (builtin !== undefined || request === undefined) return builtin
  return policy?.engine.explain?.(request).find((explained) => explained.rule === rule)?.sentence
}
