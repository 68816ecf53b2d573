import type { RuleId } from '@ice-runtime/kernel'
import type { PolicyBundle } from '../bundle/policy-bundle.ts'
import { splitRules } from '../text/split-rules.ts'

/**
 * The policy with the text of its rules rewritten: each is given as it stands, from its first token to its `;`, under its `file:line`.
 * What is between rules stays.
 */
export function rewriteRules(
  { files }: PolicyBundle,
  rewrite: (rule: { readonly id: RuleId; readonly text: string }) => string,
): PolicyBundle {
  return {
    files: files.map(({ name, text }) => {
      let rewritten = ''
      let from = 0
      for (const rule of splitRules(text)) {
        rewritten += text.slice(from, rule.start) + rewrite({ id: `${name}:${rule.line}`, text: rule.text })
        from = rule.start + rule.text.length
      }
      return { name, text: rewritten + text.slice(from) }
    }),
  }
}

/** The policy with one rule blanked out, so that every other rule keeps its place. One that is not there leaves it as it is. */
export function withoutRule(bundle: PolicyBundle, rule: RuleId): PolicyBundle {
  return rewriteRules(bundle, ({ id, text }) => (id === rule ? text.replace(/[^\n]/g, ' ') : text))
}
