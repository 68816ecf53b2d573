import { IceError } from '@ice-runtime/kernel'
import type { PreparedAction, PrepareRefusal, Secrets } from '@ice-runtime/kernel'

type Using = Pick<PreparedAction, 'action' | 'secrets' | 'egress'>

/**
 * Why an action may not use the secrets it names: one is unknown, or the action goes somewhere that it is not for. One that goes nowhere
 * has no use for what is bound to a destination.
 */
export function secretProblem({ action, secrets: names = [], egress }: Using, secrets: Secrets): PrepareRefusal | undefined {
  const going = egress?.destinations ?? []
  for (const name of names) {
    const bound = secrets.destinations(name)
    if (bound === undefined) return { refused: 'secret.unknown', detail: `there is no secret ${JSON.stringify(name)}` }
    const elsewhere = going.length === 0 ? 'nowhere' : going.find((destination) => !bound.includes(destination))
    if (elsewhere !== undefined)
      return {
        refused: 'secret.destination',
        detail: `${name} is for ${bound.join(', ')}, and ${action} goes ${elsewhere === 'nowhere' ? elsewhere : `to ${elsewhere}`}`,
      }
  }
  return undefined
}

/** The value for an action that named it when it was decided. What was declared may have changed since, so it is asked again. */
export async function revealFor(name: string, prepared: Using, secrets: Secrets): Promise<string> {
  const named = prepared.secrets?.includes(name) === true
  const problem = named
    ? secretProblem(prepared, secrets)
    : { refused: 'secret.unknown', detail: `${prepared.action} did not name ${name}` }
  if (problem === undefined) return await secrets.reveal(name)
  throw new IceError(problem.refused === 'secret.unknown' ? 'secret.unknown' : 'secret.destination', problem.detail)
}
