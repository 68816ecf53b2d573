import { join, resolve } from 'node:path'
import type { QuickjsPool } from '@ice-runtime/agents'
import type { ModelPrice, ModelProvider } from '@ice-runtime/effects'
import { probeIsolation } from '@ice-runtime/isolation'
import { createScrubber, parseLogId, parseRunId, views } from '@ice-runtime/kernel'
import type {
  AgentHost,
  AgentIdentity,
  Ceilings,
  Driver,
  GrantTerms,
  Json,
  PolicyEngine,
  Principal,
  RunId,
  Secrets,
  SecretScrubber,
  Store,
  RecordedAction,
} from '@ice-runtime/kernel'
import { createRuntime } from '@ice-runtime/runtime'
import type { Ids, Limits, PolicyInForce, RecoveryReport, RunHandle, RunRequest, Runtime, Validator } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'
import { createAgentShelf } from './agent-shelf.ts'
import { parseAllow } from './allow.ts'
import { knownTerms } from './known-allowance.ts'
import { platformTimers } from './platform-timers.ts'
import { assertOutside, defaultDataDirectory, makeDataDirectory } from './data-directory.ts'
import { randomName, runName } from './names.ts'
import { findPrices } from './prices.ts'
import { currentUser, principalOf } from './answerable/principal.ts'
import type { Answerable } from './answerable/principal.ts'
import type { IceOrder } from './control/message.ts'
import { serveControl } from './control/server.ts'
import type { ControlParts } from './control/server.ts'
import { verifies } from './answerable/ed25519.ts'
import { checkedSecret } from './secrets/declaration.ts'
import type { SecretDeclaration } from './secrets/declaration.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import { findSecrets } from './secrets/read-secrets.ts'
import { policyActions } from './answerable/policy-actions.ts'
import { policyInForce } from './answerable/policy-in-force.ts'
import { sha256 } from './sha256.ts'
import { openSubjectKeys } from './answerable/subject-keys.ts'
import type { SubjectKeys } from './answerable/subject-keys.ts'
import { standardValidators } from './standard-validators.ts'
import { describeIn } from './control/approval-description.ts'
import type { ApprovalDescription, ApprovalQuestion } from './control/approval-description.ts'
import { hearHook, readHeard } from './host/hear-hook.ts'
import { obeyOrder } from './obey-order.ts'
import type { OrderParts } from './obey-order.ts'
import { readyUnfinished } from './unfinished.ts'
import { iceVersion } from './version.ts'
import { createWorlds } from './worlds.ts'
import type { WorldParts, Worlds } from './worlds.ts'

export interface IceOptions {
  /** The directory runs read and commit to; the process's own when absent. `null` for runs that touch no files. */
  readonly workspace?: string | null
  /** Where the log is kept; never inside the workspace. `defaultDataDirectory` when absent. */
  readonly data?: string
  /** Model providers by the name before the colon of a model: `scripted`, `openai`. */
  readonly models?: { readonly [provider: string]: ModelProvider }
  /** `prices.json` of the data directory when absent. */
  readonly prices?: { readonly [model: string]: ModelPrice }
  /** Values that effects may use and nobody is told, beside those that `secrets.json` of the data directory declares. */
  readonly secrets?: readonly SecretDeclaration[]
  /** Takes the same values out of what this program says; one of its own when absent. */
  readonly scrubber?: SecretScrubber
  /** Effects of your own, made with `defineEffect`. */
  readonly effects?: readonly Driver[]
  /** Judges of your own, beside `output`, `bounds` and `secrets`. */
  readonly validators?: readonly Validator[]
  /** An engine of this program's own. When absent: the adopted policy, and the built-in rules before any is adopted. */
  readonly policy?: PolicyEngine
  /** Agents that runs may start by name, and that unfinished runs may need; other ones are kept with their runs. */
  readonly agents?: readonly AgentHost[]
  readonly answerable?: Answerable
  readonly limits?: Partial<Limits>
  /** Lets other processes of this user order what operators may order, through a socket in the data directory. Off when absent. */
  readonly control?: boolean
  readonly onAgentLog?: (run: RunId, level: 'debug' | 'info' | 'warn' | 'error', text: string) => void
}

export interface RunOptions {
  readonly input?: Json
  /** What it may do, as on the command line: `files.read:src`. */
  readonly allow?: readonly string[]
  /** The same in full. Both together are all it gets. */
  readonly grants?: readonly GrantTerms[]
  readonly ceilings?: Partial<Ceilings>
  /** Another directory than the one ICE was opened for. */
  readonly workspace?: string
  readonly validators?: readonly string[]
  readonly seed?: string
  readonly continues?: RunId
}

/** A governed runtime on an embedded store. Disposing it finishes the runs at work. */
export interface Ice extends AsyncDisposable {
  /** Resolves when the request is durable. */
  run(agent: AgentHost, options?: RunOptions): Promise<RunHandle>
  /** Goes on with what an earlier process left unfinished. */
  recover(): Promise<RecoveryReport>
  /** Threads for agents that are bundled, started at first use. */
  quickjs(): Promise<QuickjsPool>
  /** What an allowance compiles to here. Throws `usage.invalid`. */
  terms(allow: string): GrantTerms
  /** Lets runs start an agent by its name, with `agent.spawn`. */
  offer(agent: AgentHost): void
  /** The agent a record names, from this program or from its kept bundle. */
  agent(identity: AgentIdentity): Promise<AgentHost | undefined>
  /** Does what an operator orders; durable when it resolves. Recorded under the name of `principal`. */
  order(order: IceOrder): Promise<void>
  /** What a request that waits for people would do, with its own arguments or others. */
  describe(question: ApprovalQuestion): Promise<ApprovalDescription>
  readonly runtime: Runtime
  readonly store: Store
  readonly keys: SubjectKeys
  /** Who answers for what is started and ordered here. */
  readonly principal: Principal
  readonly data: string
  close(how: 'finish' | 'suspend'): Promise<void>
}

/** Opens the data directory and everything over it. Throws `data.*`, `prices.invalid`, `secret.invalid`, `isolation.unavailable`. */
export async function createIce(options: IceOptions = {}): Promise<Ice> {
  const workspace = options.workspace === null ? undefined : resolve(options.workspace ?? process.cwd())
  const data = resolve(options.data ?? defaultDataDirectory(workspace ?? process.cwd(), process.env))
  if (workspace !== undefined) assertOutside(data, workspace)
  makeDataDirectory(data)
  const store = openSqliteStore({ directory: data, logId: parseLogId(`log_${randomName()}`), sha256, views })
  try {
    return await assemble(store, { options, workspace, data })
  } catch (error) {
    await store.close()
    throw error
  }
}

interface Opening {
  readonly options: IceOptions
  readonly workspace: string | undefined
  readonly data: string
}

async function assemble(store: Store, { options, workspace, data }: Opening): Promise<Ice> {
  const keys = openSubjectKeys(join(data, 'keys'))
  const principal = principalOf(options.answerable ?? currentUser(), keys)
  const shelf = createAgentShelf(options.agents ?? [], store.blobs)
  const terms = termsOver(options, () => worlds.actions())
  const worlds = createWorlds({ ...worldParts(options, data, store), spawning: { agent: (name) => shelf.named(name)?.identity, terms } })
  if (workspace !== undefined) worlds.open(workspace)
  await readyUnfinished(store, async ({ agent, workspace: identity, workspacePath }) => {
    await shelf.restore(agent)
    if (identity !== undefined && workspacePath !== undefined) worlds.reopen(identity, keys.decrypt(workspacePath))
  })
  const runtime = createRuntime({
    store,
    sha256,
    verifies,
    clock: { now: () => Date.now() },
    timers: platformTimers,
    ids,
    policy: policyOf(options, store, worlds),
    agent: (identity) => shelf.find(identity),
    world: (identity) => worlds.find(identity),
    validators: [...standardValidators(), ...(options.validators ?? [])],
    isolation: probeIsolation({ directory: data }).map(({ primitive, available }) => ({ primitive, available })),
    runtimeName: `ice ${iceVersion}`,
    secrets: secretsOf(options, data),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.onAgentLog === undefined ? {} : { onAgentLog: options.onAgentLog }),
  })
  const order = obeying({ runtime, store, keys, principal, terms, adopts: adoptsOver(options, worlds) })
  const control = options.control === true ? await serveControl(controlParts({ data, runtime, principal }, order)) : undefined
  const close = async (how: 'finish' | 'suspend'): Promise<void> => {
    await runtime.close(how)
    await control?.[Symbol.asyncDispose]()
    await shelf[Symbol.asyncDispose]()
    worlds[Symbol.dispose]()
    await store.close()
  }
  return {
    run: async (agent, given = {}) => {
      shelf.put(agent)
      const path = given.workspace === undefined ? workspace : resolve(given.workspace)
      const place = path === undefined ? {} : { workspace: worlds.open(path), workspacePath: keys.encrypt(principal.subject, path) }
      return await runtime.start({ agent, principal, ...place, ...requestOf(given, terms) })
    },
    recover: () => runtime.recover(),
    quickjs: shelf.quickjs,
    offer: shelf.offer,
    terms,
    agent: (identity) => shelf.restore(identity),
    order,
    describe: (question) => describeIn(runtime, question),
    runtime,
    store,
    keys,
    principal,
    data,
    close,
    [Symbol.asyncDispose]: () => close('finish'),
  }
}

/** How an allowance is read here: with the models and the actions there are, which do not change while this is open. */
function termsOver({ models }: IceOptions, actions: () => readonly RecordedAction[]): (allow: string) => GrantTerms {
  let names: readonly string[] | undefined
  return (allow) => {
    names ??= actions().map(({ action }) => action)
    return knownTerms(
      parseAllow(allow, (provider) => models?.[provider]?.destination),
      names,
    )
  }
}

/** What is adopted, unless this program brings an engine of its own. */
function policyOf({ policy }: IceOptions, { blobs }: Store, worlds: Worlds): PolicyInForce {
  return policy === undefined ? policyInForce({ blobs, actions: policyActions(worlds.actions()) }) : () => policy
}

function obeying(parts: OrderParts): (order: IceOrder) => Promise<void> {
  return async (order) => await obeyOrder(order, parts)
}

/** What an adopted policy can be about, where one can be adopted at all. */
function adoptsOver({ policy }: IceOptions, worlds: Worlds): OrderParts['adopts'] {
  return policy === undefined ? policyActions(worlds.actions()) : undefined
}

function controlParts(
  { data, runtime, principal }: Pick<Ice, 'data' | 'runtime' | 'principal'>,
  obey: (order: IceOrder) => Promise<void>,
): ControlParts {
  const hear: ControlParts['runtime']['hear'] = async (hook) => await hearHook(readHeard(hook), runtime.hosts, principal)
  return {
    data,
    name: `ice ${iceVersion}`,
    runtime: { obey, describe: (question) => describeIn(runtime, question), hear, live: () => runtime.live() },
  }
}

function secretsOf({ secrets = [], scrubber = createScrubber() }: IceOptions, data: string): Secrets {
  return openSecrets([...findSecrets(data), ...secrets.map(checkedSecret)], { environment: process.env, scrubber })
}

function worldParts({ models = {}, prices, effects = [] }: IceOptions, data: string, { blobs }: Store): Omit<WorldParts, 'spawning'> {
  return { models, prices: prices ?? findPrices(data)?.models ?? {}, effects, sha256, blobs, data }
}

function requestOf(given: RunOptions, terms: (allow: string) => GrantTerms): Omit<RunRequest, 'agent' | 'principal'> {
  return {
    input: given.input ?? null,
    grants: [...(given.allow ?? []).map(terms), ...(given.grants ?? [])],
    ...(given.ceilings === undefined ? {} : { ceilings: given.ceilings }),
    ...(given.validators === undefined ? {} : { validators: given.validators }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    ...(given.continues === undefined ? {} : { continues: given.continues }),
  }
}

const ids: Ids = { runId: () => parseRunId(`run_${runName(Date.now())}`), seed: () => randomName() }
