import type { Seq } from '../log/ids.ts'
import { circle, repeated } from './repetition.ts'
import type { Repeat } from './repetition.ts'
import type { Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

/** Holds a run that goes in circles, with the evidence. `cause` is the outcome that closed the last round. */
export function suspendedInCircle({ actions, answer }: Repeat, cause: Seq): NewEvent<'RunSuspended'> {
  const places = actions.map((action) => `#${action}`).join(', ')
  const detail = `the same request had the same answer (${answer.type}) ${actions.length} times: ${places}`
  return { type: 'RunSuspended', origin: 'runtime', causes: [cause], payload: { cause: 'repetition', code: 'limit.repeated', detail } }
}

/** A refusal that was given too often for the same thing holds the run, so that somebody looks at it. `seq` is the refusal's own. */
export function refusedInCircle({ payload }: NewEvent<'ActionRefused'>, run: Run, seq: Seq): NewEvent<'RunSuspended'> | undefined {
  const { action, request, code } = payload
  if (request === undefined || run.phase.name !== 'executing') return undefined
  const round = circle(repeated(run.repeats, { request, answer: { type: 'refused', code }, action }))
  return round === undefined ? undefined : suspendedInCircle(round, seq)
}
