import { readCatalog } from '@ice-runtime/kernel'
import type { BlobReader, Digest, JsonObject, PolicyRequest } from '@ice-runtime/kernel'
import { openCedarPolicy, policyBundle, rewriteRules, suggestRule } from '@ice-runtime/policy'
import type { PolicyFile } from '@ice-runtime/policy'
import { sha256 } from '../sha256.ts'
import { recordedPolicy } from './recorded-policy.ts'

/** What would let one request pass without being asked about, as text to be reviewed: nothing adopts it. */
export interface RuleProposal {
  /** The narrowest permit. It widens, and does not silence a rule that asks. */
  readonly rule: string
  readonly testCase: JsonObject
  /** What the rules that ask would have to except, to be put before their semicolon. */
  readonly exception: string
  /** These rules, as `file:line`. */
  readonly asking: readonly string[]
  /** True when the policy in force, with both, was evaluated and allows the request. */
  readonly confirmed: boolean
}

export interface ProposedFor {
  /** Where it stands: `run_…#12`. */
  readonly from: string
  readonly request: PolicyRequest
  /** The rules that were named with the question, where the policy itself cannot say which of them ask. */
  readonly rules: readonly string[]
}

/** Undefined where the record does not hold the actions there were, or no rule can be about the request. */
export function proposeRule(
  blobs: BlobReader,
  under: { readonly policy: Digest; readonly catalog: Digest } | undefined,
  asked: ProposedFor,
): RuleProposal | undefined {
  if (under === undefined || !blobs.has(under.catalog)) return undefined
  const { from, request, rules } = asked
  const policy = recordedPolicy(blobs, under)
  const actions = policy?.source?.actions ?? readCatalog(blobs.get(under.catalog))
  const suggested = suggestRule({ from, request }, { actions, sha256 })
  const exception = suggested === undefined ? undefined : exceptionOf(suggested.rule)
  if (suggested === undefined || exception === undefined) return undefined
  const { rule, testCase } = suggested
  if (policy?.source === undefined) return { rule, testCase, exception, asking: rules, confirmed: false }
  const asking = (policy.engine.explain?.(request) ?? []).filter(({ satisfied, obligations }) => satisfied && obligations.length > 0)
  const askers = new Set(asking.map((one) => one.rule))
  const mended = rewriteRules(policy.source.bundle, ({ id, text }) => (askers.has(id) ? `${text.slice(0, -1)} ${exception};` : text))
  const confirmed = allows([...mended.files, { name: 'proposed.cedar', text: rule }], actions, request)
  return { rule, testCase, exception, asking: asking.map((one) => one.rule), confirmed }
}

/** The same scope and conditions as a permit has, as an exception of another rule. */
function exceptionOf(permit: string): string | undefined {
  const parts = /permit \(\n([\s\S]*?)\n\) when \{\n([\s\S]*)\n\};/.exec(permit)
  const [, scope = '', conditions = ''] = parts ?? []
  if (parts === null) return undefined
  const bounds = scope
    .split(',\n')
    .map((line) => line.trim())
    .filter((line) => line !== 'resource')
  return `unless {\n  ${[...bounds, conditions.trim()].join(' &&\n  ')}\n}`
}

function allows(files: readonly PolicyFile[], actions: ReturnType<typeof readCatalog>, request: PolicyRequest): boolean {
  try {
    return openCedarPolicy({ bundle: policyBundle(files), actions, sha256 }).evaluate(request).effect === 'allow'
  } catch {
    // Text that does not open confirms nothing; it is shown as it is, to be mended.
    return false
  }
}
