import { putAscii } from '../log/byte-text.ts'
import type { ByteText } from '../log/byte-text.ts'
import { canonicalize } from '../log/canonical.ts'
import { checkedWriter } from '../log/checked-writer.ts'
import type { CheckedWriter } from '../log/checked-writer.ts'
import type { Cause, EntryBody } from '../log/entry.ts'
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
 * Checks an event and writes its canonical text in one pass, since both have to see all of it. False when it did not do both, and may
 * have written a part: then `eventText` says what is wrong, or that nothing is.
 */
export function putEvent(into: ByteText, body: EntryBody): boolean {
  const writer = writers.get(body.type)
  const origin = writer?.origins.get(body.origin)
  if (writer === undefined || origin === undefined || body.v !== writer.v || !isWholeAmount(body.at)) return false
  putAscii(into, '{"at":')
  putAscii(into, String(body.at))
  if (!putCauses(into, body.causes)) return false
  putAscii(into, origin)
  if (!writer.payload(body.payload, into)) return false
  putAscii(into, writer.end)
  return true
}

/** The plain way: an event checked as `checkEvent` does, which throws, and its canonical text. */
export function eventText(body: EntryBody): string {
  checkEvent(body)
  const { type, v, origin, at, causes, payload } = body
  return canonicalize({ type, v, origin, at, causes, payload } as never)
}

function putCauses(into: ByteText, causes: readonly Cause[]): boolean {
  putAscii(into, ',"causes":[')
  for (let index = 0; index < causes.length; index += 1) {
    const cause = causes[index]
    if (!isWholeAmount(cause)) return false
    if (index > 0) putAscii(into, ',')
    putAscii(into, String(cause))
  }
  return true
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
    origins: new Map(origins.map((origin) => [origin, `],"origin":${canonicalize(origin)},"payload":`])),
    payload: checkedWriter(payload, payloadDepth),
    end: `,"type":${canonicalize(type)},"v":${v}}`,
  }
}
