import type { RuleId } from '@ice-runtime/kernel'
import type { PolicyBundle } from '../bundle/policy-bundle.ts'
import { splitRules } from '../text/split-rules.ts'

/** The policy with one rule blanked out, so that every other rule keeps its place. One that is not there leaves it as it is. */
export function withoutRule({ files }: PolicyBundle, rule: RuleId): PolicyBundle {
  return {
    files: files.map(({ name, text }) => {
      let blanked = text
      let from = 0
      for (const each of splitRules(text)) {
        const start = text.indexOf(each.text, from)
        from = start + each.text.length
        if (`${name}:${each.line}` === rule) blanked = text.slice(0, start) + each.text.replace(/[^\n]/g, ' ') + text.slice(from)
      }
      return { name, text: blanked }
    }),
  }
}
