import { canonicalize, factsProblem, IceError, requestDigest } from '@ice-runtime/kernel'
import type {
  Blobs,
  Driver,
  Json,
  PrepareContext,
  PreparedAction,
  PreparedRecord,
  PrepareRefusal,
  Preparation,
  ProposedAction,
  SealContext,
} from '@ice-runtime/kernel'
import { maxInlineArgsBytes } from '../recorded.ts'
import type { ProposalMessage } from './proposal-message.ts'

const encoder = new TextEncoder()
/** Longest detail of a refused preparation: for operators, enough to find the cause. */
const maxDetailChars = 512

/** A driver that throws while it prepares has found out nothing, and nothing is no reason to go on. */
export function prepareSafely(
  driver: Driver,
  args: Json,
  context: PrepareContext,
): PreparedAction | PrepareRefusal | Promise<PreparedAction | PrepareRefusal> {
  try {
    const prepared = driver.prepare(args, context)
    return prepared instanceof Promise ? prepared.then((late) => answered(driver, late)).catch(refusalOf) : answered(driver, prepared)
  } catch (error) {
    return refusalOf(error)
  }
}

/** A driver's code may answer what its type does not allow, and state what it never declared. */
function answered(driver: Driver, answer: PreparedAction | PrepareRefusal): PreparedAction | PrepareRefusal {
  if (typeof answer !== 'object' || answer === null) return refusalOf(undefined)
  if ('refused' in answer) return answer
  const problem = factsProblem(answer.facts, driver.facts)
  return problem === undefined ? answer : { refused: 'effect.prepare_failed', detail: problem.slice(0, maxDetailChars) }
}

function refusalOf(error: unknown): PrepareRefusal {
  const detail = error instanceof Error ? error.message.slice(0, maxDetailChars).toWellFormed() : 'the driver could not prepare'
  return { refused: error instanceof IceError ? error.code : 'effect.prepare_failed', detail }
}

/** What the log says was proposed. */
export function proposedAction(
  read: { readonly key: number; readonly after: number; readonly message: ProposalMessage },
  blobs: Blobs,
): ProposedAction {
  const { key, after, message } = read
  const args = message.argsText.length <= maxInlineArgsBytes ? { value: message.args } : blobs.put(encoder.encode(message.argsText))
  return {
    key,
    action: message.action,
    args,
    after,
    ...(message.reason === undefined ? {} : { reason: message.reason }),
    ...(message.atOnce ? { atOnce: true } : {}),
  }
}

/** What a driver prepared is checked like anything from outside: a shape no entry can hold is a refusal, never a crash. */
export function preparationOf(
  prepared: PreparedAction,
  message: ProposalMessage,
  parts: { readonly blobs: Blobs; readonly context: SealContext },
): Preparation {
  const { sha256, memory } = parts.context
  try {
    const record = preparedRecord(prepared, changedArgs(prepared.args, message, parts.blobs))
    return { type: 'prepared', record, request: requestDigest(prepared, sha256, memory) }
  } catch (error) {
    return { type: 'refused', code: 'effect.prepare_failed', detail: refusalOf(error).detail }
  }
}

/** What enters the log of a prepared action. `args` is left out where they are those of the proposal. */
export function preparedRecord(prepared: PreparedAction, args: Pick<PreparedRecord, 'args'>): PreparedRecord {
  const { resources, facts, egress, cost, secrets, label, spawn } = prepared
  return {
    ...args,
    resources,
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    class: prepared.class,
    ...(egress === undefined ? {} : { egress }),
    ...(Object.keys(cost).length === 0 ? {} : { cost }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(label === undefined ? {} : { label }),
    ...(spawn === undefined ? {} : { spawn }),
  }
}

function changedArgs(args: Json, message: ProposalMessage, blobs: Blobs): Pick<PreparedRecord, 'args'> {
  if (args === message.args) return {}
  const text = canonicalize(args)
  if (text === message.argsText) return {}
  return { args: text.length <= maxInlineArgsBytes ? { value: args } : blobs.put(encoder.encode(text)) }
}
