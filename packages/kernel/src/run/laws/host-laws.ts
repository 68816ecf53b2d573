import { openAction } from '../run.ts'
import type { Run } from '../run.ts'
import type { IceEntry } from '../taxonomy.ts'
import type { Law } from './law.ts'

/** What a foreign program does is known from that program alone. */
export const hostLaws: readonly Law[] = [
  {
    id: 'action.reported',
    sentence:
      'What a host is said to have done it says itself, after it was handed over or not held back; nobody else reports, and a report changes nothing staged.',
    concerns: ['ActionSucceeded', 'ActionFailed'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionSucceeded' && entry.type !== 'ActionFailed') return undefined
      const open = openAction(before, entry.payload.action)
      if (open?.performer !== 'host') {
        const isReport = entry.payload.reported !== undefined || entry.origin !== 'runtime'
        return isReport ? `#${entry.payload.action} is not performed by a host` : undefined
      }
      return entry.payload.reported === true && entry.origin !== 'runtime' && hasLeft(before, entry.payload.action)
        ? stagedBy(entry)
        : `#${entry.payload.action} is performed by a host, which has not reported`
    },
  },
  {
    id: 'action.observed',
    sentence: 'Only a host is let do what was refused.',
    concerns: ['ActionRefused'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionRefused' || entry.payload.observed === undefined) return undefined
      return openAction(before, entry.payload.action)?.performer === 'host' ? undefined : `#${entry.payload.action} is performed here`
    },
  },
  {
    id: 'action.imported',
    sentence:
      'In a run that was imported, and nowhere else, actions are imported: by a host, without a verdict, with an outcome that is imported too.',
    concerns: [
      'ActionProposed',
      'ActionAuthorized',
      'ActionRefused',
      'ApprovalRequested',
      'ActionDispatched',
      'ActionSucceeded',
      'ActionFailed',
      'ActionUncertain',
    ],
    broken: (before, entry) => importedWrongly(before, entry),
  },
]

function importedWrongly(before: Run, entry: IceEntry): string | undefined {
  const isImported = before.spec?.imported === true
  if (isImported !== (entry.origin === 'import')) return isImported ? `${entry.type} is not imported` : `${entry.type} is imported`
  if (!isImported || entry.type !== 'ActionProposed') return undefined
  return entry.payload.performer === 'host' && entry.payload.malformed === undefined && entry.payload.atOnce === undefined
    ? undefined
    : 'what was imported was done by a host'
}

/** Handed over, not held back, or long done. */
function hasLeft(run: Run, action: number): boolean {
  const name = openAction(run, action)?.stage.name
  return name === 'dispatched' || name === 'observed' || name === 'imported'
}

function stagedBy(entry: Extract<IceEntry, { type: 'ActionSucceeded' | 'ActionFailed' }>): string | undefined {
  if (entry.type === 'ActionFailed') return undefined
  const { changes, reads } = entry.payload
  return changes === undefined && reads === undefined ? undefined : `#${entry.payload.action} is reported to have staged`
}
