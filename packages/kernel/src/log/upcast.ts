import { assert } from './errors.ts'
import type { EntryBody } from './entry.ts'

/** Lifts a payload of one type from version `from` to the next. Pure and total over what that version could hold. */
export interface Upcaster {
  readonly type: string
  readonly from: number
  lift(payload: unknown): unknown
}

/** A type this build knows, with its current version: what an event definition says of itself. */
export interface KnownType {
  readonly type: string
  readonly v: number
}

/** A body at its current version, or the reason why this build cannot read it: then its run is quarantined and no other. */
export type Upcast =
  | { readonly ok: true; readonly body: EntryBody }
  | { readonly ok: false; readonly code: 'taxonomy.unknown'; readonly unknown: 'type' | 'version'; readonly detail: string }

export interface Upcasts {
  /** Returns a current body as it is. Never changes what it is given. */
  upcast(body: EntryBody): Upcast
}

/**
 * Joins upcasters, in whatever order they are listed, to one chain a type: from version 1 to the current one, each step once.
 * Throws `invariant.violated` for a gap, a duplicate, or a step of an unknown type or beyond the current version.
 */
export function createUpcasts(known: readonly KnownType[], upcasters: readonly Upcaster[]): Upcasts {
  const chains = new Map<string, readonly Upcaster[]>()
  for (const { type, v } of known) {
    assert(!chains.has(type), `the type ${type} is defined once`)
    assert(Number.isSafeInteger(v) && v >= 1, `the version of ${type} counts from 1`)
    chains.set(type, chainOf(type, v, upcasters))
  }
  for (const { type, from } of upcasters) assert(chains.has(type), `the upcaster of ${type} from ${from} belongs to a known type`)

  const upcast = (body: EntryBody): Upcast => {
    const chain = chains.get(body.type)
    if (chain === undefined) return unknown('type', `this build knows no type ${JSON.stringify(body.type)}`)
    const current = chain.length + 1
    if (body.v === current) return { ok: true, body }
    if (!Number.isSafeInteger(body.v) || body.v < 1 || body.v > current) {
      return unknown('version', `this build knows ${body.type} up to version ${current}, not ${body.v}`)
    }
    const payload = chain.slice(body.v - 1).reduce((lifted, step) => step.lift(lifted), body.payload)
    return { ok: true, body: { ...body, v: current, payload } }
  }
  return { upcast }
}

/** The steps of one type, from version 1 on. */
function chainOf(type: string, current: number, upcasters: readonly Upcaster[]): readonly Upcaster[] {
  const chain = upcasters.filter((upcaster) => upcaster.type === type).sort((left, right) => left.from - right.from)
  chain.forEach(({ from }, index) => assert(from === index + 1, `the upcasters of ${type} start at version 1 and each is there once`))
  assert(chain.length === current - 1, `the upcasters of ${type} end at its current version ${current}`)
  return chain
}

function unknown(what: 'type' | 'version', detail: string): Upcast {
  return { ok: false, code: 'taxonomy.unknown', unknown: what, detail }
}
