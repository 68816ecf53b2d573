import { phases } from '@ice-runtime/kernel'
import type { Transition } from '@ice-runtime/kernel'

/** One row for each phase, with every event that leaves it. */
export function runDiagram(table: readonly Transition[]): string {
  const rows = ['none' as const, ...phases].map((from) => {
    const ways = table.filter((transition) => transition.from === from)
    const next = ways.map((way) => `\`${way.event}\` → ${way.to === 'origin' ? 'where it was suspended' : `**${way.to}**`}${waiting(way)}`)
    return `| ${from === 'none' ? '–' : `**${from}**`} | ${next.length === 0 ? 'nothing: final' : next.join('<br>')} |`
  })
  return ['| From | By |', '| --- | --- |', ...rows, ''].join('\n')
}

const waitingText = { person: ' (may wait for a person)', person_or_probe: ' (waits for a person or a probe)' } as const

function waiting(transition: Transition): string {
  return transition.waits === undefined ? '' : waitingText[transition.waits]
}
