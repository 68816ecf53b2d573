import { phases, transitions } from '../packages/kernel/src/run/phases.ts'
import type { Transition } from '../packages/kernel/src/run/phases.ts'

const startMark = '<!-- generated from packages/kernel/src/run/phases.ts by npm run docs -->'
const endMark = '<!-- end of what is generated -->'

/** The document with what stands between the marks replaced. Throws when a mark is missing: silence would leave it stale. */
export function withRunDiagram(document: string): string {
  const start = document.indexOf(startMark)
  const end = document.indexOf(endMark)
  if (start === -1 || end < start) throw new Error('the document has no marks for the run diagram')
  return `${document.slice(0, start + startMark.length)}\n\n${runDiagram(transitions)}\n${document.slice(end)}`
}

/** One row for each phase, with every event that leaves it. */
export function runDiagram(table: readonly Transition[]): string {
  const rows = ['none' as const, ...phases].map((from) => {
    const ways = table.filter((transition) => transition.from === from)
    const next = ways.map((way) => `\`${way.event}\` → ${way.to === 'origin' ? 'where it was suspended' : `**${way.to}**`}${waiting(way)}`)
    return `| ${from === 'none' ? '–' : `**${from}**`} | ${next.length === 0 ? 'nothing: final' : next.join('<br>')} |`
  })
  return ['| From | By |', '| --- | --- |', ...rows, ''].join('\n')
}

function waiting(transition: Transition): string {
  switch (transition.waits) {
    case undefined:
      return ''
    case 'person':
      return ' (may wait for a person)'
    case 'person_or_probe':
      return ' (waits for a person or a probe)'
  }
}
