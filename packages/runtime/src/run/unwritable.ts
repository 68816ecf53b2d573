import { IceError } from '@ice-runtime/kernel'

const unwritableMessage = 'the record cannot be written: nothing more is done, and every proposal is refused (store.unwritable)'

/** Why a run is let go of when nothing can be recorded of it. */
export function unwritable(code: IceError['code'], cause: unknown): IceError {
  return new IceError(code, unwritableMessage, { cause, hint: 'once it can be written again, go on with: ice resume' })
}

/** As it is told: a fault of the store is met in many places, and means the same in each. */
export function asTold(error: Error): Error {
  return isUnwritable(error) && error.message !== unwritableMessage ? unwritable(error.code, error) : error
}

/** Nothing can be recorded any more, so nothing is done any more. */
export function isUnwritable(error: Error | undefined): error is IceError {
  return error instanceof IceError && error.code.startsWith('store.') && error.code !== 'store.conflict'
}
