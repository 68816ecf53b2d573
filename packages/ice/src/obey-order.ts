import { parseHost } from '@ice-runtime/adapters'
import { decodeEntry, IceError, splitEntryId, systemStream, unreachable } from '@ice-runtime/kernel'
import type { EntryId, GrantTerms, Principal, RecordedAction, Store, SystemOrder } from '@ice-runtime/kernel'
import type { Runtime } from '@ice-runtime/runtime'
import { adoptable } from './answerable/policy-in-force.ts'
import type { SubjectKeys } from './answerable/subject-keys.ts'
import type { AnswerApproval } from './control/answer-approval.ts'
import type { IceOrder } from './control/message.ts'
import { parseHostAllow, usualHostGrants } from './host/host-grants.ts'

export interface OrderParts {
  readonly runtime: Runtime
  readonly store: Store
  readonly keys: SubjectKeys
  /** Who owns the directory: orders are recorded under this name, because nobody signs them. */
  readonly principal: Principal
  readonly terms: (allow: string) => GrantTerms
  /** What an adopted policy can be about; undefined where the program has an engine of its own. */
  readonly adopts: readonly RecordedAction[] | undefined
}

/** Does what an operator orders; durable when it resolves. Throws the fault of an order that is not taken. */
export async function obeyOrder(order: IceOrder, parts: OrderParts): Promise<void> {
  const { runtime, principal } = parts
  const by = principal.subject
  switch (order.method) {
    case 'abort':
      return void (await runtime.abort(order.run, { by, ...(order.detail === undefined ? {} : { detail: order.detail }) }))
    case 'suspend':
      return void (await runtime.suspend(order.run, { by }))
    case 'resume':
      return void (await runtime.resume(order.run, { by }))
    case 'answerApproval':
      return await answer(order, runtime)
    case 'grant':
      return await grant(order, parts)
    case 'declassify': {
      const { run, entry, from, to, reason } = order
      return await runtime.declassify(run, { entry, from, to, reason, by })
    }
    case 'reconcile':
      return await reconcile(order, parts)
    case 'revoke':
      assertGrant(order.grant, parts.store)
      return await runtime.order({ type: 'RevokeSystemGrant', grant: order.grant, reason: order.reason })
    case 'lockdown': {
      const { on, agent, reason } = order
      return await runtime.order({ type: 'SetLockdown', on, ...(agent === undefined ? {} : { agent }), reason, by })
    }
    case 'adoptPolicy':
      return await adopt(order.policy, parts)
    case 'addOperator': {
      const { subject, name, publicKey, roles } = order
      return await runtime.order({ type: 'AddOperator', subject, name: parts.keys.encrypt(subject, name), publicKey, roles, by })
    }
    case 'configureHost':
      return await runtime.order({ type: 'ConfigureHost', ...hostConfiguration(order, parts), by })
    case 'removeOperator':
      return await runtime.order({ type: 'RemoveOperator', subject: order.operator, reason: order.reason, by })
    default:
      return unreachable(order)
  }
}

/** Kept before it is adopted: both are in one sync, and a digest nobody has the text of would refuse everything. */
async function adopt(text: string, { runtime, store, principal, adopts }: OrderParts): Promise<void> {
  if (adopts === undefined) throw new IceError('usage.invalid', 'the program that owns this directory brings its own policy')
  const { digest, bytes } = adoptable(text, adopts)
  store.blobs.put(bytes)
  await runtime.order({ type: 'AdoptPolicy', policy: digest, by: principal.subject })
}

/** What is not said stays as it was. */
function hostConfiguration(
  { host, observe, allow }: Extract<IceOrder, { method: 'configureHost' }>,
  { runtime }: OrderParts,
): Pick<Extract<SystemOrder, { type: 'ConfigureHost' }>, 'host' | 'observe' | 'grants'> {
  const before = runtime.standing().system.hosts.get(host)
  const grants = allow === undefined ? before?.grants : allow.length === 0 ? usualHostGrants : allow.map(parseHostAllow)
  return { host: parseHost(host), observe: observe ?? before?.observe ?? false, ...(grants === undefined ? {} : { grants }) }
}

/** What a probe finds out, or that it does not, is in the record. */
async function reconcile(order: Extract<IceOrder, { method: 'reconcile' }>, { runtime, principal }: OrderParts): Promise<void> {
  const { stream, seq } = splitEntryId(order.action)
  if (stream === systemStream) throw new IceError('usage.invalid', `${order.action} is no action`)
  await runtime.reconcile(
    stream,
    seq,
    order.found === 'probe' ? order.found : { found: order.found, reason: order.reason, by: principal.subject },
  )
}

async function answer({ method: _method, run, ...signed }: AnswerApproval, runtime: Runtime): Promise<void> {
  await runtime.answer(run, signed)
}

async function grant(order: Extract<IceOrder, { method: 'grant' }>, { runtime, terms, principal }: OrderParts): Promise<void> {
  const { run, allow, uses, expires } = order
  const limits = { ...(uses === undefined ? {} : { uses }), ...(expires === undefined ? {} : { expires }) }
  await runtime.grant(run, { terms: { ...terms(allow), ...limits }, by: principal.subject })
}

/** Revoking what was never granted would look like having stopped something. */
function assertGrant(grant: EntryId, { log }: Store): void {
  const { stream, seq } = splitEntryId(grant)
  const [stored] = log.read({ stream, from: seq, to: seq }, 1)
  const type = stored === undefined ? undefined : decodeEntry(stored).type
  if (type === 'CapabilityGranted' || type === 'CapabilityDelegated') return
  const hint = stream === systemStream ? {} : { hint: `list them with: ice grants ${stream}` }
  throw new IceError('run.not_found', `${grant} is no grant`, hint)
}
