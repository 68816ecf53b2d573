import { hostProposal, parseHost, readHookCall, reportedSettlement } from '@ice-runtime/adapters'
import type { HookCall, HookToolUse, HookVerdict } from '@ice-runtime/adapters'
import { unreachable } from '@ice-runtime/kernel'
import type { Principal } from '@ice-runtime/kernel'
import type { HostRuns, HostUse } from '@ice-runtime/runtime/host'
import type { HookRequest } from '../control/message.ts'
import { hookVerdict } from './host-reason.ts'
import { hostSession } from './host-session.ts'

/** A call of a hook, and the project it is about. */
export interface HeardCall {
  readonly call: HookCall
  /** Absolute, links resolved. */
  readonly root: string
}

/** Reads what another process was handed by a host. Throws `hook.malformed`, `usage.invalid`. */
export function readHeard({ host, root, payload }: Omit<HookRequest, 'method'>): HeardCall {
  return { call: readHookCall(parseHost(host), payload), root }
}

/** Judges and records one call of a hook. What it says is durable. */
export async function hearHook({ call, root }: HeardCall, runs: HostRuns, principal: Principal): Promise<HookVerdict> {
  const session = hostSession(call, root, principal)
  switch (call.event) {
    case 'before':
      return hookVerdict(await runs.before(session, hostUse(call, call)))
    case 'after':
      await runs.after(session, hostUse(call, call), reportedSettlement(call.outcome))
      return { type: 'silent' }
    case 'session-end':
      await runs.end(session)
      return { type: 'silent' }
    case 'session-start':
    case 'other':
      return { type: 'silent' }
    default:
      return unreachable(call)
  }
}

/** True for an event of which nothing is recorded. */
export function isIdle({ event }: HookCall): boolean {
  return event === 'session-start' || event === 'other'
}

function hostUse({ host, cwd }: Pick<HookCall, 'host' | 'cwd'>, { tool, toolUseId, input }: HookToolUse): HostUse {
  return { use: toolUseId, ...hostProposal(host, { tool, input, cwd }) }
}
