import { parseDigest } from '@ice-runtime/kernel'
import type { AgentChannel, AgentHost, DeliveredOutcome } from '@ice-runtime/kernel'

/** A worker that says what a case tells it to, word for word, also what no host of ours would let through. */
export interface ScriptedWorker {
  readonly host: AgentHost
  /** Proposes, and resolves with what the worker is told; never while it is told nothing. */
  propose(message: unknown): Promise<DeliveredOutcome>
  end(): void
  readonly started: Promise<void>
}

export function scriptedWorker(name = 'worker'): ScriptedWorker {
  const started = Promise.withResolvers<void>()
  const waiting = new Map<number, (outcome: DeliveredOutcome) => void>()
  let channel: AgentChannel | undefined
  let key = 0
  return {
    host: {
      identity: { name, version: '1', kind: 'function', digest: parseDigest('c'.repeat(64)) },
      requests: [],
      open: async (_start, opened) => {
        channel = opened
        return {
          start: async () => started.resolve(),
          deliver: async ({ key: answered, outcome }) => {
            waiting.get(answered)?.(outcome)
            waiting.delete(answered)
          },
          stop: async () => undefined,
        }
      },
    },
    propose: (message) => {
      const answer = Promise.withResolvers<DeliveredOutcome>()
      waiting.set(key, answer.resolve)
      channel?.propose({ key, message })
      key += 1
      return answer.promise
    },
    end: () => channel?.end({ type: 'completed', output: null }),
    started: started.promise,
  }
}
