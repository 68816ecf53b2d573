import type { RunEvents } from './events.ts'

/** The agent of a run and those above it: what stops one of them stops the run. */
export function agentsOf(request: RunEvents['RunRequested'] | undefined): readonly string[] {
  return request === undefined ? [] : [request.agent.name, ...(request.parent?.agents ?? [])]
}
