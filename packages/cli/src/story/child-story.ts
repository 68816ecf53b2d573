import type { IceEntry } from '@ice-runtime/kernel'
import { countText, visible } from '../terminal/text.ts'
import type { Said } from './said.ts'

type ChildEntry = Extract<IceEntry, { type: 'ActionInherited' | 'ChildEnded' | 'ChildSpawned' | 'RunMerged' }>

/** What passes between a run and those below it, as a line of a story. */
export function aboutChild(entry: ChildEntry): Said {
  switch (entry.type) {
    case 'ChildSpawned': {
      const { steps, wallMs } = entry.payload.ceilings
      return { word: 'started', tone: 'strong', about: entry.payload.child, detail: `at most ${countText(steps, 'step')}, ${wallMs} ms` }
    }
    case 'ChildEnded': {
      const { child, outcome, code = '', conflict } = entry.payload
      const where = conflict === undefined ? '' : `  ${conflict}`
      return {
        word: 'ended',
        tone: outcome === 'merged' ? 'good' : 'warn',
        about: child,
        detail: visible(`${outcome}  ${code}${where}`.trimEnd()),
      }
    }
    case 'ActionInherited':
      return {
        word: 'inherited',
        tone: 'good',
        about: visible(entry.payload.action),
        detail: `of ${entry.payload.from}, waits for the commit`,
      }
    case 'RunMerged': {
      const { into, changesCount, releases } = entry.payload
      return {
        word: 'merged',
        tone: 'good',
        about: `${countText(changesCount, 'change')}, ${countText(releases.length, 'release')}`,
        detail: `into ${into}`,
      }
    }
  }
}
