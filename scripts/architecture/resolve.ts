import { posix } from 'node:path'

/** The path a relative specifier names, both relative to the root of the repository. */
export function resolveRelative(fromPath: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(fromPath), specifier))
}
