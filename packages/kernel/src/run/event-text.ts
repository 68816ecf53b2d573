import { canonicalize } from '../log/canonical.ts'
import { checkedWriter } from '../log/checked-writer.ts'
import type { CheckedWriter } from '../log/checked-writer.ts'
import type { Cause, EntryBody } from '../log/entry.ts'
import { IceError } from '../log/errors.ts'
import type { EventDefinition } from '../log/event-definition.ts'
import { checkEvent, isEventType, taxonomy } from './taxonomy.ts'

/** The members of a body in canonical order, `at` and `causes` before these. */
interface EventWriter {
  readonly v: number
  /** From the origin to the payload, for each that may say it. */
  readonly origins: ReadonlyMap<string, string>
  readonly payload: CheckedWriter
  readonly end: string
}

/**
 * Checks an event as `checkEvent` does, throws as it does, and returns its canonical text. What the checks need to see has to be
 * written anyway, so both happen in one pass; whatever that pass does not take is checked and written the plain way.
 */
export function eventText(body: EntryBody): string {
  const text = writtenAtOnce(body)
  if (text !== undefined) return text
  checkEvent(body)
  const { type, v, origin, at, causes, payload } = body
  return canonicalize({ type, v, origin, at, causes, payload } as never)
}

function writtenAtOnce(body: EntryBody): string | undefined {
  const writer = writers.get(body.type)
  const origin = writer?.origins.get(body.origin)
  if (writer === undefined || origin === undefined || body.v !== writer.v || !isWholeAmount(body.at)) return undefined
  const causes = causesText(body.causes)
  if (causes === undefined) return undefined
  try {
    const payload = writer.payload(body.payload)
    return payload === undefined ? undefined : `{"at":${body.at},"causes":[${causes}]${origin}${payload}${writer.end}`
  } catch (error) {
    // A value JSON cannot hold: the plain way says first what else is wrong.
    if (error instanceof IceError) return undefined
    throw error
  }
}

function causesText(causes: readonly Cause[]): string | undefined {
  let text = ''
  for (let index = 0; index < causes.length; index += 1) {
    const cause = causes[index]
    if (!isWholeAmount(cause)) return undefined
    text += index === 0 ? String(cause) : `,${cause}`
  }
  return text
}

/** Written as it stands; a negative zero is not. */
function isWholeAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && ((value as number) > 0 || Object.is(value, 0))
}

/** A body is one level, its payload stands in it. */
const payloadDepth = 1

const writers: ReadonlyMap<string, EventWriter> = new Map(
  Object.keys(taxonomy)
    .filter(isEventType)
    .map((type) => [type, writerOf(type, taxonomy[type])]),
)

function writerOf(type: string, definition: EventDefinition<unknown>): EventWriter {
  const { v, origins, payload } = definition
  return {
    v,
    origins: new Map(origins.map((origin) => [origin, `,"origin":${canonicalize(origin)},"payload":`])),
    payload: checkedWriter(payload, payloadDepth),
    end: `,"type":${canonicalize(type)},"v":${v}}`,
  }
}
