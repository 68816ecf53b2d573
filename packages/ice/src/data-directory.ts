import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { IceError } from '@ice-runtime/kernel'

/** Characters of the path's digest that tell projects of one name apart. */
const digestChars = 8

/**
 * Where a project's data is when nobody says: below `$XDG_STATE_HOME/ice`, named after the workspace and told apart by its path.
 * Never inside the workspace, where an agent could reach it.
 */
export function defaultDataDirectory(workspace: string, environment: { readonly [name: string]: string | undefined }): string {
  const named = environment['ICE_DATA']
  if (named !== undefined && named !== '') return resolve(named)
  const state = environment['XDG_STATE_HOME']
  const root = state === undefined || state === '' ? join(homedir(), '.local', 'state') : state
  const path = resolve(workspace)
  const digest = createHash('sha256').update(path).digest('hex').slice(0, digestChars)
  return join(root, 'ice', `${basename(path) === '' ? 'root' : basename(path)}-${digest}`)
}

/** Throws `data.inside_workspace`: whoever may write the workspace could otherwise rewrite the record of it. */
export function assertOutside(data: string, workspace: string): void {
  const way = relative(realOf(workspace), realOf(data))
  const outside = way === '..' || way.startsWith('../') || way.startsWith('..\\')
  if (outside) return
  throw new IceError('data.inside_workspace', `the data directory ${data} lies inside the workspace ${workspace}`, {
    hint: 'name another with --data or ICE_DATA',
  })
}

/** What ICE keeps in a data directory. */
const ownNames = /^(?:log\.sqlite|owner\.sqlite|blobs|keys|control|prices\.json|secrets\.json)/

/**
 * Makes the directory, or takes one that is empty or was made here. Throws `data.unreadable` for anything else: what belongs to others
 * is not mixed with a record and its keys.
 */
export function makeDataDirectory(data: string): void {
  const hint = 'name another with --data or ICE_DATA'
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const foreign = readdirSync(data).find((name) => !ownNames.test(name))
    if (foreign === undefined) return
    throw new IceError('data.unreadable', `${data} holds ${foreign}, which is not of ICE`, { hint })
  } catch (error) {
    if (error instanceof IceError) throw error
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new IceError('data.unreadable', `${data} cannot be used as a data directory: ${why}`, { cause: error, hint })
  }
}

/** The real path of what exists of a path, so that no link hides where it leads. */
function realOf(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const parent = resolve(absolute, '..')
    return parent === absolute ? absolute : join(realOf(parent), basename(absolute))
  }
}
