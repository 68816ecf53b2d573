import type { Seq } from '../log/ids.ts'
import type { Repeat } from './repetition.ts'
import type { NewEvent } from './taxonomy.ts'

/** Holds a run that goes in circles, with the evidence. `cause` is the outcome that closed the last round. */
export function suspendedInCircle({ actions, answer }: Repeat, cause: Seq): NewEvent<'RunSuspended'> {
  const places = actions.map((action) => `#${action}`).join(', ')
  const detail = `the same request was ${answer.type} in the same way ${actions.length} times: ${places}`
  return { type: 'RunSuspended', origin: 'runtime', causes: [cause], payload: { cause: 'repetition', code: 'limit.repeated', detail } }
}
