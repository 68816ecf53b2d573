import { canonicalize } from '@ice-runtime/kernel'
import type { AgentChannel, AgentEnd, AgentHost, AgentSession, AgentStart } from '@ice-runtime/kernel'
import { keepAgent } from '../kept-agent.ts'
import type { AgentBundle } from './bundle-agent.ts'
import { defaultMemoryBytes } from '../quickjs/limits.ts'
import type { Fault, WorkerReply } from '../quickjs/messages.ts'
import type { PoolRequest, PoolSession, QuickjsPool } from '../quickjs/pool.ts'
import { readReport } from '../quickjs/report.ts'
import type { ReportItem } from '../quickjs/report.ts'
import { mapStack } from '../quickjs/source-stack.ts'

export interface QuickjsAgentOptions {
  readonly bundle: AgentBundle
  readonly pool: QuickjsPool
  /** Cap of each session's memory, at least 16 MiB, which the engine starts with. */
  readonly maxMemoryBytes?: number
}

/** Hosts a bundled agent, each session in an engine instance of its own on one of the pool's threads. */
export function quickjsAgent({ bundle, pool, maxMemoryBytes = defaultMemoryBytes }: QuickjsAgentOptions): AgentHost {
  const { manifest } = bundle
  const code = { key: `${bundle.digest}:${maxMemoryBytes}`, code: bundle.code, maxMemoryBytes }
  return {
    identity: { name: manifest.name, version: manifest.version, kind: 'quickjs', digest: bundle.digest },
    bundle: keepAgent({ kind: 'quickjs', bundle }),
    ...(manifest.output === undefined ? {} : { outputSchema: manifest.output }),
    requests: manifest.requests,
    async open(start, channel) {
      return openSession({ session: pool.open(code), start, channel, sourceMap: bundle.sourceMap })
    },
  }
}

interface SessionParts {
  readonly session: PoolSession
  readonly start: AgentStart
  readonly channel: AgentChannel
  readonly sourceMap: string
}

function openSession({ session, start, channel, sourceMap }: SessionParts): AgentSession {
  let phase: 'open' | 'ended' | 'stopped' = 'open'
  let proposed = 0
  const outstanding = new Set<number>()

  const end = (how: AgentEnd): void => {
    phase = 'ended'
    channel.end(how)
    void session.close()
  }
  const hand = (item: ReportItem): void => {
    switch (item.type) {
      case 'propose':
        outstanding.add(proposed)
        channel.propose({ key: proposed, message: item.message })
        proposed += 1
        return
      case 'state':
        return channel.state(item.statement)
      case 'log':
        return channel.log(item.level, item.text)
      case 'end': {
        const { end: how } = item
        return end(how.type === 'failed' && how.stack !== undefined ? { ...how, stack: mapStack(how.stack, sourceMap) } : how)
      }
    }
  }
  const turn = async (request: PoolRequest): Promise<void> => {
    if (phase !== 'open') return
    const reply = await session.ask(request)
    if (phase !== 'open') return
    const { items, broken } = readReport(reply.text)
    for (const item of items) {
      hand(item)
      if (phase !== 'open') return
    }
    const how = failure(reply, broken, sourceMap)
    if (how !== undefined) end(how)
    else if (outstanding.size === 0) end(crashed('the agent waits for nothing: no proposal is open and it has not ended'))
  }
  return {
    // What goes in is canonical: the order of an object's members is visible to an agent, and a replay reads it from the log.
    start() {
      const text = `${JSON.stringify(start.seed)}\n${canonicalize(start.input)}`
      return turn({ type: 'start', at: start.at, text })
    },
    deliver({ key, outcome, at }) {
      outstanding.delete(key)
      return turn({ type: 'deliver', at, text: canonicalize({ key, outcome: { ...outcome } }) })
    },
    async stop() {
      const wasOpen = phase === 'open'
      // First, so that what the interrupted turn still answers is not heard.
      phase = 'stopped'
      if (wasOpen) await session.close()
    },
  }
}

/** Why the turn ends the session, where it did not end by itself. */
function failure({ fault }: WorkerReply, broken: string | undefined, sourceMap: string): AgentEnd | undefined {
  if (broken !== undefined) {
    return broken.startsWith('limit: ')
      ? limited(broken.slice('limit: '.length))
      : { type: 'failed', code: 'agent.protocol', message: broken }
  }
  return fault === undefined ? undefined : faulted(fault, sourceMap)
}

function faulted(fault: Fault, sourceMap: string): AgentEnd {
  switch (fault.type) {
    case 'ticks':
      return limited('more computation in one turn than an agent may do without yielding')
    case 'stopped':
      return crashed('stopped from outside')
    case 'trap':
      return crashed(fault.message)
    case 'threw':
      return { type: 'failed', code: 'agent.crashed', message: fault.message, stack: mapStack(fault.stack, sourceMap) }
  }
}

function crashed(message: string): AgentEnd {
  return { type: 'failed', code: 'agent.crashed', message }
}

function limited(message: string): AgentEnd {
  return { type: 'failed', code: 'limit.exceeded', message }
}
