import { createHash } from 'node:crypto'
import { hostDrivers } from '@ice-runtime/adapters'
import type { Host, HookCaller } from '@ice-runtime/adapters'
import { createCatalog } from '@ice-runtime/effects/catalog'
import { digestFromBytes, parseRunId } from '@ice-runtime/kernel'
import type { AgentIdentity, Principal } from '@ice-runtime/kernel'
import type { HostSession } from '@ice-runtime/runtime/host'
import { sha256 } from '../sha256.ts'
import { lookingHostGrants, usualHostGrants } from './host-grants.ts'

/** A conversation of a host in one project, with the drivers that judge it. */
export function hostSession(caller: Pick<HookCaller, 'host' | 'session'>, root: string, principal: Principal): HostSession {
  const { host, session } = caller
  return {
    agent: hostIdentity(host),
    principal,
    input: { host, session, root },
    catalog: createCatalog(hostDrivers(host, root), sha256),
    firstGrants: lookingHostGrants,
    usualGrants: usualHostGrants,
    runId: (link) => parseRunId(`run_${digestOf(`ICE host session 1\n${host}\n${session}\n${link}`).slice(0, runIdChars)}`),
  }
}

/** The same conversation as the host kept it: runs of their own, beside those in which a hook was asked. */
export function keptSession(caller: Pick<HookCaller, 'host' | 'session'>, root: string, principal: Principal): HostSession {
  const { host, session } = caller
  return {
    ...hostSession(caller, root, principal),
    imported: true,
    runId: (link) => parseRunId(`run_${digestOf(`ICE host import 1\n${host}\n${session}\n${link}`).slice(0, runIdChars)}`),
  }
}

/** Which program it is, and no more: its version is what it says it is. */
export function hostIdentity(host: Host): AgentIdentity {
  return { name: host, version: '1', kind: 'host', digest: digestFromBytes(sha256(new TextEncoder().encode(`ICE host 1\n${host}\n`))) }
}

/** 96 bits: two sessions of one log do not meet. */
const runIdChars = 24

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
