import { bundleAgent, functionAgent, quickjsAgent } from '@ice-runtime/agents'
import { defineEffect } from '@ice-runtime/effects'
import { createIce } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import type { AgentHost, Ceilings, Driver, GrantTerms, RunId } from '@ice-runtime/kernel'
import type { RunHandle } from '@ice-runtime/runtime'
import { z } from 'zod'

/** What every action comes to: 200 characters, and 202 bytes as JSON. */
export const result: string = 'x'.repeat(200)

export const kinds = ['durable', 'staged'] as const
/** `durable` leaves the machine, so each step waits for one sync; `staged` stays in the run and waits for none. */
export type Kind = (typeof kinds)[number]

/** Actions of a run in the throughput measurements. */
export const stepsPerRun = 5

/** Hears of each action as it is performed, with the time it began. */
export type OnPerform = (run: RunId, at: number) => void

export interface Workload extends AsyncDisposable {
  readonly ice: Ice
  readonly agents: { readonly function: AgentHost; readonly quickjs: AgentHost }
}

export interface Task {
  readonly agent: AgentHost
  readonly kind: Kind
  readonly steps: number
}

const grants: readonly GrantTerms[] = [{ actions: ['bench.*'], resources: ['bench:here'], class: 'staged', egress: ['bench://sink'] }]

/** Ceilings that no benchmark reaches: what is measured is how the runtime grows, not where it stops. */
const ceilings: Ceilings = { steps: 1_000_000, wallMs: 24 * 60 * 60 * 1000, cost: {} }

/** Agent, effects and runtime as an embedding program has them, with every default but the workspace, which is none. */
export async function openWorkload(directory: string, onPerform: OnPerform = () => undefined): Promise<Workload> {
  const agent = steadyAgent()
  const ice = await createIce({ workspace: null, data: directory, effects: effects(onPerform), agents: [agent] })
  const pool = await ice.quickjs()
  const bundle = await bundleAgent({ file: 'bench-agent.js', source: quickjsSource }, { pool })
  return {
    ice,
    agents: { function: agent, quickjs: quickjsAgent({ bundle, pool }) },
    [Symbol.asyncDispose]: () => ice.close('finish'),
  }
}

/** Starts one run of `steps` actions, one after another. */
export function startRun(ice: Ice, { agent, kind, steps }: Task): Promise<RunHandle> {
  return ice.run(agent, { input: { action: actions[kind], steps }, grants, ceilings })
}

/** Starts one run whose only action never answers. */
export function startWaiting(ice: Ice, agent: AgentHost): Promise<RunHandle> {
  return ice.run(agent, { input: { action: endlessAction, steps: 1 }, grants, ceilings })
}

/** Runs one to its end and fails unless it committed: a run that was refused is fast and means nothing. */
export async function finishRun(ice: Ice, task: Task): Promise<void> {
  const { done } = await startRun(ice, task)
  const { outcome, code, steps, refused } = await done
  if (outcome !== 'committed' || steps !== task.steps || refused !== 0) {
    throw new Error(`a run of ${task.steps} steps ended ${outcome} (${String(code)}) after ${steps}, ${refused} refused`)
  }
}

/** The trusted agent alone, for a process that only has to know its name. */
export function steadyAgent(): AgentHost {
  return functionAgent<{ readonly action: string; readonly steps: number }>({
    name: 'bench-steady',
    version: '1.0.0',
    requests: [],
    async run({ action, steps }, context) {
      for (let step = 0; step < steps; step += 1) await context.propose(action, { step })
      return null
    },
  })
}

const quickjsSource = `defineAgent({
  name: 'bench-bundled', version: '1.0.0', requests: [],
  async run({ action, steps }, context) {
    for (let step = 0; step < steps; step += 1) await context.propose(action, { step })
    return null
  },
})`

const actions: Readonly<Record<Kind, string>> = { durable: 'bench.ask', staged: 'bench.keep' }

/** Never answers: its runs stay in flight. */
const endlessAction = 'bench.wait'

export function effects(onPerform: OnPerform): readonly Driver[] {
  const shape = { version: 1, args: z.strictObject({ step: z.int() }), result: z.string(), costBound: {}, resources: ['bench:here'] }
  const perform = (_args: unknown, { runId }: { readonly runId: RunId }): { readonly result: string } => {
    onPerform(runId, performance.now())
    return { result }
  }
  return [
    defineEffect({
      ...shape,
      action: actions.durable,
      description: 'Asks something outside and gets 200 bytes.',
      class: 'observe',
      egress: ['bench://sink'],
      describe: ({ step }) => `Ask for step ${step}.`,
      perform,
    }),
    defineEffect({
      ...shape,
      action: actions.staged,
      description: 'Keeps something in the run and gets 200 bytes.',
      class: 'staged',
      egress: [],
      describe: ({ step }) => `Keep step ${step}.`,
      perform,
    }),
    defineEffect({
      ...shape,
      action: endlessAction,
      description: 'Asks something outside that never answers.',
      class: 'observe',
      egress: ['bench://sink'],
      describe: () => 'Wait.',
      perform: (_args, context) => {
        onPerform(context.runId, performance.now())
        return new Promise(() => undefined)
      },
      deadlineMs: 15 * 60_000,
    }),
  ]
}
