import { fromRecorded } from '@ice-runtime/ice/record'
import type { BlobReader, IceEntry, Recorded } from '@ice-runtime/kernel'

type Refusal = Extract<IceEntry, { type: 'ActionRefused' }>

/** One action as the log tells it. */
export interface RecordedAction {
  readonly seq: number
  readonly action: string
  /** What it was about, as proposed: a path, an address. */
  readonly subject: string
  readonly end: 'succeeded' | 'failed' | 'refused' | 'open'
  /** There when it was refused. */
  readonly refusal: Refusal | undefined
  /** It staged changes. */
  readonly staged: boolean
}

/** The actions of a run in the order proposed. */
export function recordedActions(entries: readonly IceEntry[], blobs: BlobReader): readonly RecordedAction[] {
  return entries.flatMap((entry) => {
    if (entry.type !== 'ActionProposed') return []
    const ends = entries.filter((later) => 'action' in later.payload && later.payload.action === entry.seq)
    const refusal = ends.find((end) => end.type === 'ActionRefused')
    const success = ends.find((end) => end.type === 'ActionSucceeded')
    const isFailed = ends.some((end) => end.type === 'ActionFailed')
    const end = refusal !== undefined ? 'refused' : success !== undefined ? 'succeeded' : isFailed ? 'failed' : 'open'
    const { action, args } = entry.payload
    return [{ seq: entry.seq, action, subject: subjectOf(args, blobs), end, refusal, staged: (success?.payload.changes ?? []).length > 0 }]
  })
}

function subjectOf(args: Recorded | undefined, blobs: BlobReader): string {
  const value: unknown = args === undefined ? null : fromRecorded(args, blobs)
  const given = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map<string, unknown>()
  return ['path', 'url', 'model'].map((name) => given.get(name)).find((subject) => typeof subject === 'string') ?? ''
}
