import { taxonomy, isEventType } from '../taxonomy.ts'
import type { ByteLaw, Law } from './law.ts'

export const byteLaws: readonly ByteLaw[] = [
  { id: 'log.chain', sentence: 'Every entry carries the hash of its own bytes, its place and the entry before it in its stream.' },
  { id: 'log.tree', sentence: 'The tree over all entries in log order has the recorded size and root.' },
  { id: 'log.canonical', sentence: 'Stored bytes are the one canonical form of what they say.' },
]

export const logLaws: readonly Law[] = [
  {
    id: 'log.gapless',
    sentence: 'The entries of a stream are numbered from 1 without a gap.',
    broken: (before, entry) => (entry.seq === before.seq + 1 ? undefined : `follows #${before.seq}`),
  },
  {
    id: 'log.time',
    sentence: 'Time never runs backward within a stream.',
    broken: (before, entry) => (entry.at >= before.at ? undefined : `${before.at - entry.at} ms before the entry it follows`),
  },
  {
    id: 'log.causality',
    sentence: 'An entry is caused by entries that were there before it.',
    broken: (_before, entry) => {
      for (const cause of entry.causes) if (typeof cause === 'number' && (cause < 1 || cause >= entry.seq)) return `caused by #${cause}`
      return undefined
    },
  },
  {
    id: 'log.taxonomy',
    sentence: 'Every entry has a type of the closed taxonomy, in a version it knows.',
    broken: (_before, entry) => (isEventType(entry.type) && entry.v >= 1 && entry.v <= taxonomy[entry.type].v ? undefined : entry.type),
  },
  {
    id: 'log.origin',
    sentence: 'Only those may say a thing whom the taxonomy lists for it.',
    broken: (_before, entry) =>
      isEventType(entry.type) && taxonomy[entry.type].origins.includes(entry.origin) ? undefined : `${entry.type} from ${entry.origin}`,
  },
]
