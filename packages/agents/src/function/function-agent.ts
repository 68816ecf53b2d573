import { createHash } from 'node:crypto'
import { canonicalize, parseDigest } from '@ice-runtime/kernel'
import type {
  AgentChannel,
  AgentEnd,
  AgentHost,
  AgentSession,
  AgentStart,
  AgentStatement,
  DeliveredOutcome,
  Json,
} from '@ice-runtime/kernel'
import type { AgentContext, AgentDefinition, StatementKind } from '../define.ts'
import { maxErrorChars, maxProposalsPerTurn } from '../limits.ts'

const statementTypes: Readonly<Record<StatementKind, AgentStatement['type']>> = {
  plan: 'PlanStated',
  assumption: 'AssumptionDeclared',
  uncertainty: 'UncertaintyDeclared',
}

/**
 * Hosts a function of the embedding program. **Trusted, not isolated**: it runs in this process with everything the process may do,
 * its clock and its randomness are the process's, and its replay is a comparison and no promise. What it proposes is decided and
 * recorded like any agent's. `stop` makes the host deaf to it; nothing can end a function that never yields.
 */
export function functionAgent<Input = Json>(definition: AgentDefinition<Input>): AgentHost {
  const { name, version, output, requests } = definition
  // There is no code to digest that another process could compare: the declaration stands for it.
  const declaration = canonicalize({ kind: 'function', name, version, output: output ?? null, requests: requests as unknown as Json })
  return {
    identity: { name, version, kind: 'function', digest: parseDigest(createHash('sha256').update(declaration).digest('hex')) },
    ...(output === undefined ? {} : { outputSchema: output }),
    requests,
    async open(start, channel) {
      return openSession(definition, start, channel)
    },
  }
}

interface Waiter {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

const flooded: AgentEnd = { type: 'failed', code: 'limit.exceeded', message: `more than ${maxProposalsPerTurn} proposals at once` }

const settled: Promise<void> = Promise.resolve()

function openSession<Input>(definition: AgentDefinition<Input>, start: AgentStart, channel: AgentChannel): AgentSession {
  const waiters = new Map<number, Waiter>()
  let live = true
  let proposed = 0

  const end = (how: AgentEnd): void => {
    if (!live) return
    live = false
    waiters.clear()
    channel.end(how)
  }
  const context: AgentContext = {
    propose<Result>(action: string, args: unknown = {}, options?: { readonly reason?: string; readonly at?: 'now' }) {
      return new Promise<Result>((resolve, reject) => {
        if (!live) return
        if (waiters.size >= maxProposalsPerTurn) return end(flooded)
        const key = proposed
        proposed += 1
        waiters.set(key, { resolve, reject })
        channel.propose({ key, message: options === undefined ? { action, args } : { action, args, ...options } })
      })
    },
    state(kind, payload) {
      if (live) channel.state({ type: statementTypes[kind], payload })
    },
  }
  const run = async (): Promise<void> => {
    try {
      const output = await definition.run(start.input as Input, context)
      end({ type: 'completed', output: (output ?? null) as Json })
    } catch (error) {
      end(failure(error))
    }
  }
  return {
    start() {
      if (live) void run()
      return settled
    },
    deliver({ key, outcome }) {
      const waiter = waiters.get(key)
      if (waiter !== undefined) {
        waiters.delete(key)
        settle(waiter, outcome)
      }
      return settled
    },
    stop() {
      live = false
      waiters.clear()
      return settled
    },
  }
}

function settle({ resolve, reject }: Waiter, outcome: DeliveredOutcome): void {
  switch (outcome.type) {
    case 'succeeded':
      return resolve(outcome.result as never)
    case 'deferred':
      return resolve({ deferred: true, id: outcome.id } as never)
    case 'refused':
      return reject(Object.assign(new Error(`refused: ${outcome.code}`), { code: outcome.code, outcome: outcome.type }))
    case 'failed':
      return reject(Object.assign(new Error(`${outcome.code}: ${outcome.message}`), { code: outcome.code, outcome: outcome.type }))
  }
}

function failure(error: unknown): AgentEnd {
  if (!(error instanceof Error)) return { type: 'failed', code: 'agent.crashed', message: String(error).slice(0, maxErrorChars) }
  const message = `${error.name}: ${error.message}`.slice(0, maxErrorChars)
  return { type: 'failed', code: 'agent.crashed', message, stack: (error.stack ?? '').slice(0, maxErrorChars) }
}
