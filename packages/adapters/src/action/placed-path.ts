/** A path as a hook can know it: from its spelling alone, links not followed. */
export interface PlacedPath {
  /** Relative to the project, `.` for the project itself; as spelled, made absolute where possible, when outside. */
  readonly path: string
  readonly outside: boolean
}

/** Longest path that is judged: what one Linux system call takes. */
export const maxPathChars = 4095

/** Shells and programs put another directory there, or it is a path of Windows: nothing in its spelling says where it leads. */
const unplaceable = /^~|^[A-Za-z]:|\\/

/**
 * Puts a path that a host named in its place: `..` and `.` collapsed, relative to `root` when it lies beneath it. `root` and `cwd`
 * are absolute. Undefined for what is no path: empty, with a NUL, not well-formed, too long.
 */
export function placePath(path: string, { root, cwd }: { readonly root: string; readonly cwd: string }): PlacedPath | undefined {
  if (path === '' || path.includes('\0') || !path.isWellFormed() || path.length > maxPathChars) return undefined
  if (unplaceable.test(path)) return { path, outside: true }
  const absolute = collapse(path.startsWith('/') ? path : `${cwd}/${path}`)
  const base = collapse(root)
  if (absolute === base) return { path: '.', outside: false }
  const beneath = base === '/' ? '/' : `${base}/`
  return absolute.startsWith(beneath) ? { path: absolute.slice(beneath.length), outside: false } : { path: absolute, outside: true }
}

/** Absolute, without empty, `.` and `..` segments; `..` at the root stays there, as it does for a kernel. */
export function collapse(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}
