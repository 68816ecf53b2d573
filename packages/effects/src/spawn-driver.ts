import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalize, digestFromBytes, IceError, malformedTerm, maxLentGrants } from '@ice-runtime/kernel'
import type { AgentIdentity, Driver, FactDeclarations, Facts, GrantTerms, Json, PreparedAction, SpawnTerms } from '@ice-runtime/kernel'
import { argsJsonSchema } from './args-schema.ts'
import { wellFormed } from './files/file-args.ts'

/** Proposals of a child that does not say how many it needs: enough for one task, a tenth of what a run has by default. */
export const defaultChildSteps = 100

export interface SpawnDriverOptions {
  /** The agents a run may start by name. */
  agent(name: string): AgentIdentity | undefined
  /** Compiles an allowance such as `files.read:src`. Throws `usage.invalid`. */
  terms(allow: string): GrantTerms
}

const deadlineMs = 10_000
const maxNameChars = 256
const maxReasonChars = 2048
const amount = z.int().min(0)
const name = wellFormed.min(1).max(4096)
const names = z.array(name).min(1).max(256)

const grantSchema = z.strictObject({
  actions: names,
  resources: names,
  class: z.enum(['observe', 'staged', 'keyed', 'irreversible']),
  egress: z.array(name).max(256).optional(),
  uses: amount.optional(),
  sizeBytes: amount.optional(),
  moneyMicro: amount.optional(),
  tokens: amount.optional(),
  computeMs: amount.optional(),
  clearance: z.enum(['public', 'private', 'secret']).optional(),
  notBefore: amount.optional(),
  expires: amount.optional(),
  delegable: amount.optional(),
})
const argsSchema = z.strictObject({
  agent: wellFormed.min(1).max(maxNameChars),
  input: z.json().optional(),
  allow: z.array(name).max(maxLentGrants).optional(),
  grants: z.array(grantSchema).max(maxLentGrants).optional(),
  ceilings: z
    .strictObject({
      steps: amount.optional(),
      calls: amount.optional(),
      wallMs: amount.optional(),
      moneyMicro: amount.optional(),
      tokens: amount.optional(),
      sizeBytes: amount.optional(),
      computeMs: amount.optional(),
    })
    .optional(),
  reason: wellFormed.max(maxReasonChars).optional(),
})
type SpawnArgs = z.infer<typeof argsSchema>

const description =
  'Runs another agent below this one and waits for its end: `{ run, output }`, or a failure. It sees what this run has staged, and what it ' +
  'changes is this run’s once it ends well. It may do what `allow` or `grants` lend it of this run’s own grants, and spend what ' +
  '`ceilings` set aside of this run’s budget: what is not named there is nothing.'

const factTypes: FactDeclarations = {
  agent: { type: 'string' },
  version: { type: 'string' },
  kind: { type: 'string' },
  digest: { type: 'string' },
  grants: { type: 'integer' },
  actions: { type: 'strings' },
  steps: { type: 'integer' },
  calls: { type: 'integer', optional: true },
  wallMs: { type: 'integer', optional: true },
  moneyMicro: { type: 'integer', optional: true },
  tokens: { type: 'integer', optional: true },
  sizeBytes: { type: 'integer', optional: true },
  computeMs: { type: 'integer', optional: true },
  inputSizeBytes: { type: 'integer' },
  inputDigest: { type: 'string' },
}

/**
 * `agent.spawn`: what a child would be, and what it would be lent. The driver finds the agent and looks once more that it is still the
 * same; the run below is the runtime's to start.
 */
export function spawnDriver(options: SpawnDriverOptions): Driver {
  return {
    action: 'agent.spawn',
    version: 1,
    description,
    argsSchema: argsJsonSchema('agent.spawn', argsSchema),
    facts: factTypes,
    performer: 'runtime',
    deadlineMs,
    prepare: (args) => {
      const read = argsSchema.safeParse(args)
      if (!read.success) return { refused: 'args.invalid', detail: z.prettifyError(read.error) }
      const agent = options.agent(read.data.agent)
      if (agent === undefined)
        return { refused: 'agent.not_found', detail: `no agent ${JSON.stringify(read.data.agent)} can be started here` }
      try {
        return prepared(read.data, { agent, terms: options.terms })
      } catch (error) {
        if (!(error instanceof IceError)) throw error
        return { refused: 'args.invalid', detail: error.message }
      }
    },
    perform: ({ spawn }, { signal }) => {
      if (signal.aborted) throw new IceError('effect.timeout', 'agent.spawn was stopped before it began')
      const now = spawn === undefined ? undefined : options.agent(spawn.agent.name)
      if (now === undefined || now.digest !== spawn?.agent.digest)
        throw new IceError('facts.changed', 'the agent is no longer the one that was decided about')
      return { result: null }
    },
    describe: ({ spawn, facts }) => (spawn === undefined ? 'start nobody' : describeSpawn(spawn, facts)),
  }
}

function prepared(
  args: SpawnArgs,
  { agent, terms }: { readonly agent: AgentIdentity; readonly terms: SpawnDriverOptions['terms'] },
): PreparedAction {
  const grants = [...(args.allow ?? []).map(terms), ...(args.grants ?? []).map(grantTerms)]
  if (grants.length > maxLentGrants) throw new IceError('args.invalid', `at most ${maxLentGrants} grants are lent`)
  for (const [index, grant] of grants.entries()) {
    const malformed = malformedTerm(grant)
    if (malformed !== undefined) throw new IceError('args.invalid', `grant ${index} cannot be checked: ${malformed}`)
  }
  const { steps = defaultChildSteps, calls, wallMs, ...cost } = present(args.ceilings ?? {})
  const ceilings = { steps, ...present({ calls, wallMs }), cost }
  const spawn: SpawnTerms = { agent, grants, ceilings }
  const { input = null, reason } = args
  return {
    action: 'agent.spawn',
    args: normalized(spawn, { input, reason }),
    resources: [`agent:${agent.name}`],
    facts: factsOf(spawn, input),
    class: 'staged',
    cost: {},
    spawn,
  }
}

/** The whole of it in one spelling: what is not named is named with what it stands for. */
function normalized(
  { agent, grants, ceilings }: SpawnTerms,
  { input, reason }: { readonly input: Json; readonly reason: string | undefined },
): Json {
  const { cost, ...bounds } = ceilings
  const args = { agent: agent.name, input, grants, ceilings: { ...bounds, ...cost } }
  return JSON.parse(canonicalize((reason === undefined ? args : { ...args, reason }) as unknown as Json)) as Json
}

function grantTerms({ actions, resources, class: effectClass, egress = [], ...limits }: z.infer<typeof grantSchema>): GrantTerms {
  return { actions, resources, class: effectClass, egress, ...present(limits) }
}

type Present<Value> = { [Member in keyof Value]?: Exclude<Value[Member], undefined> }

/** Members that are there and undefined are left out: what is absent is no limit, or nothing, and says so by not being there. */
function present<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<Value>
}

function factsOf({ agent, grants, ceilings }: SpawnTerms, input: Json): Facts {
  const { cost, ...bounds } = ceilings
  const inputBytes = new TextEncoder().encode(canonicalize(input))
  return {
    agent: agent.name,
    version: agent.version,
    kind: agent.kind,
    digest: agent.digest,
    grants: grants.length,
    actions: [...new Set(grants.flatMap(({ actions }) => actions))].sort(),
    ...bounds,
    ...cost,
    inputSizeBytes: inputBytes.length,
    inputDigest: digestFromBytes(createHash('sha256').update(inputBytes).digest()),
  }
}

function describeSpawn({ agent, grants, ceilings }: SpawnTerms, facts: Facts): string {
  const { cost, ...bounds } = ceilings
  const amounts = Object.entries({ ...bounds, ...cost }).map(([of, most]) => `${of} ${most}`)
  return [
    `start the agent ${agent.name} ${agent.version} (${agent.kind}, ${agent.digest.slice(0, 12)}) below this run`,
    `with an input of ${String(facts['inputSizeBytes'])} bytes, sha256:${String(facts['inputDigest'])}`,
    `and at most ${amounts.join(', ')}`,
    ...grants.map((terms) => `lending ${canonicalize(terms as unknown as Json)}`),
  ].join('\n')
}
