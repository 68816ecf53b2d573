import { canonicalize } from '../log/canonical.ts'
import type { Digest, Seq } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { Recorded } from '../action/driver-port.ts'

/** The same request with the same answer this many times is a circle, not work. */
export const maxIdenticalRepeats = 8
/** Different requests remembered: a circle of more steps than this ends at the ceiling on steps. */
const maxRemembered = 16

/** What came of a request, as far as two answers can be the same. */
export type Answer =
  | { readonly type: 'succeeded'; readonly result: Recorded }
  | { readonly type: 'refused' | 'failed'; readonly code: string }

/** A request that was made again, and its answer each time. */
export interface Repeat {
  readonly request: Digest
  readonly answer: Answer
  /** Where the requests stand, the latest last. */
  readonly actions: readonly Seq[]
}

/** One more answered request: counted with the same one before it, or remembered in place of the one unused for longest. */
export function repeated(repeats: readonly Repeat[], once: Omit<Repeat, 'actions'> & { readonly action: Seq }): readonly Repeat[] {
  const { request, answer, action } = once
  const known = repeats.find((repeat) => repeat.request === request)
  const actions = known !== undefined && sameAnswer(known.answer, answer) ? [...known.actions, action] : [action]
  const next = known === undefined ? repeats.slice(-(maxRemembered - 1)) : repeats.filter((repeat) => repeat !== known)
  next.push({ request, answer, actions })
  return next
}

/** The circle a run goes in, once this answer makes it go round too often. */
export function circleClosedBy(repeats: readonly Repeat[], once: Parameters<typeof repeated>[1]): Repeat | undefined {
  const known = repeats.find((repeat) => repeat.request === once.request)
  // Asked for every answer, and hardly any comes that late.
  if (known === undefined || known.actions.length + 1 < maxIdenticalRepeats) return undefined
  const last = repeated(repeats, once).at(-1)
  return last !== undefined && last.actions.length >= maxIdenticalRepeats ? last : undefined
}

function sameAnswer(left: Answer, right: Answer): boolean {
  return left === right || canonicalize(left as unknown as Json) === canonicalize(right as unknown as Json)
}
