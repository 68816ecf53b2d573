import { finding, quote } from './finding.ts'
import type { FileText, Finding } from './finding.ts'

/** Characters that text can carry without showing: direction marks, zero-width ones, and the tags that spell ASCII unseen. */
const invisible = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u{e0001}-\u{e007f}]/u
/** What instructions to people never say. */
const addressesAgents =
  /(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |your )?(?:previous|prior|above|earlier) (?:instructions|rules|prompts)|(?:do not|don't|never) (?:tell|inform|alert) the (?:user|human|operator)|without (?:telling|informing|asking) the (?:user|human|operator)/i
const pipesToShell = /\b(?:curl|wget)\b[^|\n]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/
/** Findings of one kind in one file: the first lines tell what the rest is. */
const maxPerFile = 5

/** What a text says to agents that people would not see, or would not say. */
export function instructionFindings(file: FileText, isInstruction: boolean): readonly Finding[] {
  const lines = file.text.replace(/^\ufeff/, '').split('\n')
  const all = (pattern: RegExp): readonly number[] =>
    lines.flatMap((line, index) => (pattern.test(line) ? [index] : [])).slice(0, maxPerFile)
  const shown = (index: number): string => quote(lines[index] ?? '')
  const at = (index: number): { readonly path: string; readonly line: number } => ({ path: file.path, line: index + 1 })
  return [
    ...(isInstruction ? [obeyed(file, lines.length)] : []),
    ...all(invisible).map((index) =>
      finding(at(index), { severity: 'high', area: 'instructions', text: 'holds characters that do not show' }),
    ),
    ...all(addressesAgents).map((index) =>
      finding(at(index), { severity: 'high', area: 'instructions', text: `speaks to agents behind people's backs: ${shown(index)}` }),
    ),
    ...all(pipesToShell).map((index) =>
      finding(at(index), {
        severity: isInstruction ? 'medium' : 'info',
        area: 'instructions',
        text: `runs what it downloads: ${shown(index)}`,
      }),
    ),
  ]
}

function obeyed(file: FileText, lineCount: number): Finding {
  return finding(file, {
    severity: 'low',
    area: 'instructions',
    text: `agents obey its ${lineCount} lines: whoever may write it steers all later ones`,
  })
}
