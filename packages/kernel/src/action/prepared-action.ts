import { z } from 'zod/mini'
import { scratch } from '../log/byte-text.ts'
import type { ByteText } from '../log/byte-text.ts'
import { canonicalize } from '../log/canonical.ts'
import { checkedWriter } from '../log/checked-writer.ts'
import type { Sha256 } from '../log/entry.ts'
import { digestFromBytes } from '../log/ids.ts'
import type { Digest } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import { strictObject } from '../log/strict-object.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import * as shape from '../authority/shapes.ts'

/** `area.verb`, lowercase: `files.write`. */
export type ActionName = string

/** `kind:name`, normalized by the driver: `file:src/a.ts`, `model:scripted`, `ledger:main`. Grants match on segments of the name. */
export type Resource = string

/** What a driver found out about a proposal without changing anything. This is what is decided, shown, hashed and done. */
export interface PreparedAction extends ActionRequest {
  readonly action: ActionName
  readonly resources: readonly Resource[]
  /** Normalized. */
  readonly args: Json
  /** The agent asked to have the effect now, with its reason; only for `keyed` and `irreversible` actions, deferred otherwise. */
  readonly atOnce?: { readonly reason: string }
}

const encoder = new TextEncoder()

/** Names exactly what was decided. An approval binds it, a driver is handed nothing else. `memory` is only used meanwhile. */
export function requestDigest(prepared: PreparedAction, sha256: Sha256, memory?: ByteText): Digest {
  const written = memory === undefined ? undefined : scratch(memory, (into) => writeUsual(prepared, into))
  return digestFromBytes(sha256(written ?? encoder.encode(canonicalize(prepared as never))))
}

/** The canonical form of what most drivers prepare; whatever differs from that is written as any other value. */
const writeUsual = checkedWriter(
  strictObject({
    action: z.string(),
    args: z.unknown(),
    resources: shape.names,
    facts: z.unknown(),
    class: shape.effectClass,
    egress: z.exactOptional(shape.egress),
    cost: shape.costBound,
    secrets: z.exactOptional(shape.names),
    label: z.exactOptional(shape.label),
    atOnce: z.exactOptional(strictObject({ reason: z.string() })),
  }),
  0,
)

/** True for what leaves the runtime, so that it is durable before it is sent and `ActionDispatched` says so. */
export function leavesRuntime(prepared: Pick<ActionRequest, 'class' | 'egress'>): boolean {
  return prepared.egress !== undefined || changesOutside(prepared)
}

/** True for what leaves something behind outside the run, so that a lost answer leaves it uncertain. */
export function changesOutside(prepared: Pick<ActionRequest, 'class'>): boolean {
  return prepared.class === 'keyed' || prepared.class === 'irreversible'
}
