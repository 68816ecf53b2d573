import { IceError } from '@ice-runtime/kernel'
import { errnoOf, SystemCallError } from './system-calls.ts'

/** Translates a failed call on `path` at the edge. Whatever is no failed call passes through unchanged. */
export function pathFault(error: unknown, path: string): unknown {
  const code = errnoOf(error)
  if (code === undefined || error instanceof IceError) return error
  const shown = JSON.stringify(path)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new IceError('files.not_found', `nothing stands at ${shown}`, { cause: error })
    case 'ELOOP':
    case 'EXDEV':
      return new IceError('files.outside_root', `${shown} leads through a link or out of the workspace`, { cause: error })
    case 'ENXIO':
    case 'EISDIR':
      return new IceError('files.not_regular', `${shown} is no regular file`, { cause: error })
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new IceError('files.conflict', `something else stands at ${shown}`, { cause: error })
    case 'ENOSYS':
      return unavailable(error, path)
    default:
      return new IceError('files.failed', `${shown}: ${error instanceof Error ? error.message : code}`, { cause: error })
  }
}

function unavailable(error: unknown, path: string): IceError {
  const call = error instanceof SystemCallError ? error.call : 'a system call'
  return new IceError('isolation.unavailable', `${call} is not available on this machine, needed for ${JSON.stringify(path)}`, {
    cause: error,
    hint: '`ice doctor` lists what is missing and why',
  })
}
