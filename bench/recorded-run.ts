import { maxPageEntries } from '@ice-runtime/kernel'
import type { RecordedRun } from './reference/rounds.ts'
import { finishRun, openWorkload, stepsPerRun } from './workload.ts'

/** The record of a real run of durable actions, parted where a dispatch waits to be durable. */
export async function recordRun(directory: string): Promise<RecordedRun> {
  await using workload = await openWorkload(directory)
  const { ice, agents } = workload
  await finishRun(ice, { agent: agents.function, kind: 'durable', steps: stepsPerRun })
  const steps: object[][] = [[]]
  for (const { stream, bytes } of ice.store.log.read({}, maxPageEntries)) {
    if (stream === 'system') continue
    const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly type: string }
    steps.at(-1)?.push(body)
    // What follows the last dispatch, the end of the run with it, is part of the last step.
    if (body.type === 'ActionDispatched' && steps.length < stepsPerRun) steps.push([])
  }
  if (steps.length !== stepsPerRun) throw new Error(`a run of ${stepsPerRun} steps was recorded as ${steps.length}`)
  return steps
}
