import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where compiled sources are kept: in this user's own cache, never in a directory that others can write. */
export function compileCacheDirectory(environment: { readonly [name: string]: string | undefined }): string {
  const cache = environment['XDG_CACHE_HOME']
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'ice', 'compiled')
}
