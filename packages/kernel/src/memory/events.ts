import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { EventTable } from '../log/event-definition.ts'
import type { EntryId, SubjectId } from '../log/ids.ts'
import type { Label } from '../authority/labels.ts'
import * as shape from '../authority/shapes.ts'
import type { Recorded } from '../action/driver-port.ts'

/**
 * Memory is evidence: a record exists only as a promotion of a candidate that cites entries. The formats are fixed here; what
 * decides about them comes with governed memory.
 */
export interface MemoryEvents {
  readonly MemoryCandidateProposed: {
    readonly schema: string
    readonly key: string
    readonly value: Recorded
    /** The entries it rests on, at least one. */
    readonly evidence: readonly EntryId[]
    readonly label?: Label
    /** Thousandths. */
    readonly confidenceMilli: number
  }
  readonly MemoryPromoted: {
    readonly candidate: EntryId
    readonly version: number
    readonly validFrom: number
    readonly expires?: number
    readonly rules: readonly string[]
  }
  readonly MemorySuperseded: { readonly memory: EntryId; readonly by: EntryId }
  readonly MemoryExpired: { readonly memory: EntryId }
  readonly MemoryInvalidated: { readonly memory: EntryId; readonly reason: string; readonly descendants: readonly EntryId[] }
  readonly MemoryRestored: { readonly memory: EntryId; readonly reason: string }
  readonly MemoryQuarantined: { readonly candidate: EntryId; readonly code: string }
  readonly MemoryErased: { readonly subject: SubjectId; readonly memories: readonly EntryId[] }
}

const entries = z.array(shape.entryIdShape).check(z.maxLength(1024))

export const memoryEvents: EventTable<MemoryEvents> = {
  MemoryCandidateProposed: {
    category: 'memory',
    v: 1,
    origins: ['agent', 'runtime'],
    payload: strictObject({
      schema: shape.shortText,
      key: shape.shortText,
      value: shape.recorded,
      evidence: entries.check(z.minLength(1)),
      label: z.exactOptional(shape.label),
      confidenceMilli: shape.amount,
    }),
  },
  MemoryPromoted: {
    category: 'memory',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      candidate: shape.entryIdShape,
      version: shape.seq,
      validFrom: shape.amount,
      expires: z.exactOptional(shape.amount),
      rules: shape.names,
    }),
  },
  MemorySuperseded: {
    category: 'memory',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ memory: shape.entryIdShape, by: shape.entryIdShape }),
  },
  MemoryExpired: { category: 'memory', v: 1, origins: ['runtime'], payload: strictObject({ memory: shape.entryIdShape }) },
  MemoryInvalidated: {
    category: 'memory',
    v: 1,
    origins: ['runtime', 'operator'],
    payload: strictObject({ memory: shape.entryIdShape, reason: shape.longText, descendants: entries }),
  },
  MemoryRestored: {
    category: 'memory',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ memory: shape.entryIdShape, reason: shape.longText }),
  },
  MemoryQuarantined: {
    category: 'memory',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ candidate: shape.entryIdShape, code: shape.shortText }),
  },
  MemoryErased: {
    category: 'memory',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ subject: shape.subjectId, memories: entries }),
  },
}
