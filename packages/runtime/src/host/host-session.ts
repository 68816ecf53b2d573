import type {
  ActionCatalog,
  ActionName,
  AgentIdentity,
  GrantTerms,
  HostSettings,
  Json,
  Principal,
  RunId,
  Seq,
  SealContext,
  Secrets,
  Store,
} from '@ice-runtime/kernel'
import type { Clock } from '../options.ts'
import type { Holding } from '../run/holding.ts'
import type { StandingOrders } from '../standing-orders.ts'

/** What host runs need of a runtime: the log, and what holds for all runs. */
export interface HostParts {
  readonly store: Store
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: Pick<StandingOrders, 'now' | 'reload'>
  readonly holding: Holding
  /** Nothing it knows goes into the record. */
  readonly secrets: Pick<Secrets, 'scrubber'>
  readonly runtimeName: string
}

/** One conversation of a foreign program: its uses of tools are the actions of a chain of runs. */
export interface HostSession {
  readonly agent: AgentIdentity
  readonly principal: Principal
  /** What the host is, for the record: its name, its own name of the session, where it works. */
  readonly input: Json
  /** The actions it can be judged about. */
  readonly catalog: ActionCatalog
  /** What the host kept of it is read: nothing is decided, so nothing is granted. */
  readonly imported?: true
  /** What is granted before a policy is adopted, where no operator gave the host anything else. */
  readonly firstGrants: readonly GrantTerms[]
  /** The same under a policy. */
  readonly usualGrants: readonly GrantTerms[]
  /** The runs of the session, from 0, always the same: a hook knows nothing of the one before it but what the log says. */
  runId(link: number): RunId
}

/** A use of a tool as the host tells it. */
export interface HostUse {
  /** The host's own name for it. */
  readonly use: string
  readonly action: ActionName
  readonly args: Json
}

/** What is to be said to the host, and where it stands in the log. */
export type HostDecision =
  | { readonly type: 'allowed'; readonly run: RunId; readonly action: Seq; readonly rules: readonly string[] }
  | {
      /** `observed`: it may do it all the same. `asks`: its own person has to say. */
      readonly type: 'refused' | 'observed' | 'asks'
      readonly run: RunId
      readonly action: Seq
      readonly code: string
      readonly detail: string
      readonly rules: readonly string[]
    }
  /** The session takes no proposal any more, so nothing could be recorded. */
  | { readonly type: 'ended'; readonly run: RunId; readonly detail: string }

/** What an operator gave the host, or what is usual. */
export function settingsOf({ agent, imported, firstGrants, usualGrants }: HostSession, parts: HostParts): Required<HostSettings> {
  if (imported === true) return { observe: false, grants: [] }
  const { hosts, policy } = parts.standing.now().system
  const settings = hosts.get(agent.name)
  const unsaid = policy === undefined ? firstGrants : usualGrants
  return { observe: settings?.observe ?? false, grants: settings?.grants ?? unsaid }
}

/** Uses of tools in one run of a session: each hook reads its run again, so this bounds what a call late in a long session waits for. */
export const maxLinkSteps = 200
/** A run is ended at the end of its session, or by a later session, and then not for having taken too long. */
export const hostWallMs: number = 365 * 24 * 60 * 60 * 1000
/** Reports of what nobody asked about count too, and a run is never ended because of them. */
export const maxHostSteps = 10_000
/** Runs of one session that are looked for: half a million uses of tools. */
export const maxLinks = 2500
