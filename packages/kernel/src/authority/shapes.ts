import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { ZodMiniType } from 'zod/mini'
import type { BlobRef, EncryptedField } from '../log/entry.ts'
import { isDigest } from '../log/ids.ts'
import type { Digest, EntryId, RunId, SubjectId } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import { agentKinds } from './agent-identity.ts'
import type { AgentIdentity } from './agent-identity.ts'
import { isAmount } from './cost.ts'
import type { Cost, CostBound } from './cost.ts'
import { effectClasses } from './effect-class.ts'
import type { EffectClass, Egress } from './effect-class.ts'
import { confidentialities, labels } from './labels.ts'
import type { Label } from './labels.ts'
import { isFact } from './fact-declarations.ts'
import type { Facts, Obligation } from './policy-port.ts'
import type { Principal } from './principal.ts'
import type { GrantTerms } from './grant-terms.ts'
import { maxLentGrants } from './spawn-terms.ts'
import type { SpawnTerms } from './spawn-terms.ts'

/** Bounds of single fields, so that one entry stays far below the entry limit whatever an agent sends. */
const maxNameChars = 256
const maxTextChars = 4096
const maxListItems = 1024

type Shape<Value> = ZodMiniType<Value>

/** A schema whose output is narrower than zod can say: ids are branded, and the pattern is the proof. */
function branded<Value>(schema: ZodMiniType): Shape<Value> {
  return schema as Shape<Value>
}

export const shortText: Shape<string> = z.string().check(z.maxLength(maxNameChars))
export const longText: Shape<string> = z.string().check(z.maxLength(maxTextChars))
export const amount: Shape<number> = z.int().check(z.minimum(0))
export const count: Shape<number> = amount
export const seq: Shape<number> = z.int().check(z.minimum(1))
export const digest: Shape<Digest> = branded(z.string().check(z.regex(/^[0-9a-f]{64}$/)))
export const runId: Shape<RunId> = branded(z.string().check(z.regex(/^run_[0-9a-z]{12,32}$/)))
export const subjectId: Shape<SubjectId> = branded(z.string().check(z.regex(/^sub_[0-9a-z]{12,32}$/)))
export const entryIdShape: Shape<EntryId> = branded(z.string().check(z.regex(/^(?:system|run_[0-9a-z]{12,32})#[1-9][0-9]{0,15}$/)))
export const label: Shape<Label> = z.enum(labels as [Label, ...Label[]])
export const effectClass: Shape<EffectClass> = z.enum(effectClasses)
export const names: Shape<readonly string[]> = z.array(longText).check(z.maxLength(maxListItems))

// A predicate, and no union: a union gathers the issues of each member, on the hottest path there is.
export const recorded: Shape<{ readonly value: Json } | BlobRef> = z.custom((value) => isRecorded(value))

export const egress: Shape<Egress> = strictObject({ destinations: names })

export const cost: Shape<Cost> = strictObject({
  moneyMicro: z.exactOptional(amount),
  tokens: z.exactOptional(amount),
  sizeBytes: z.exactOptional(amount),
  computeMs: z.exactOptional(amount),
})

export const costBound: Shape<CostBound> = strictObject({
  moneyMicro: z.exactOptional(z.union([amount, z.literal('unknown')])),
  tokens: z.exactOptional(amount),
  sizeBytes: z.exactOptional(amount),
  computeMs: z.exactOptional(amount),
})

export const facts: Shape<Facts> = z.custom((value) => isFacts(value))

export const grantTerms: Shape<GrantTerms> = strictObject({
  actions: names,
  resources: names,
  class: effectClass,
  egress: names,
  uses: z.exactOptional(amount),
  rate: z.exactOptional(strictObject({ uses: seq, perMs: seq })),
  sizeBytes: z.exactOptional(amount),
  moneyMicro: z.exactOptional(amount),
  tokens: z.exactOptional(amount),
  computeMs: z.exactOptional(amount),
  clearance: z.exactOptional(z.enum(confidentialities)),
  notBefore: z.exactOptional(amount),
  expires: z.exactOptional(amount),
  delegable: z.exactOptional(amount),
})

export const agentIdentity: Shape<AgentIdentity> = strictObject({
  name: shortText,
  version: shortText,
  kind: z.enum(agentKinds),
  digest,
  bundle: z.exactOptional(digest),
})

export const spawnTerms: Shape<SpawnTerms> = strictObject({
  agent: agentIdentity,
  grants: z.array(grantTerms).check(z.maxLength(maxLentGrants)),
  ceilings: strictObject({ steps: amount, calls: z.exactOptional(amount), wallMs: z.exactOptional(amount), cost }),
})

export const encryptedField: Shape<EncryptedField> = strictObject({
  subject: shortText,
  algorithm: z.literal('aes-256-gcm'),
  nonce: shortText,
  data: longText,
})

export const principal: Shape<Principal> = strictObject({
  subject: subjectId,
  kind: z.enum(['person', 'service']),
  authenticated: shortText,
  namespace: shortText,
  name: encryptedField,
})

export const obligation: Shape<Obligation> = strictObject({
  type: z.literal('approval'),
  from: shortText,
  count: seq,
  notRequester: z.exactOptional(z.literal(true)),
})

function isRecorded(value: unknown): boolean {
  if (!isPlain(value)) return false
  const keys = Object.keys(value)
  if (keys.length === 1) return keys[0] === 'value' && value['value'] !== undefined
  const { blob, sizeBytes } = value
  return keys.length === 2 && typeof blob === 'string' && isDigest(blob) && isAmount(sizeBytes)
}

function isFacts(value: unknown): boolean {
  if (!isPlain(value)) return false
  for (const name of Object.keys(value)) if (name.length > maxNameChars || !isFact(value[name])) return false
  return true
}

function isPlain(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
