/** Longest path: what one Linux system call takes, less its NUL. */
export const maxPathBytes = 4095
/** Longest segment that the usual file systems keep. */
export const maxNameBytes = 255
/** Deepest path: bounds recursion and the number of descriptors a walk opens. */
export const maxPathDepth = 64

const encoder = new TextEncoder()

/**
 * Says why a text is no path beneath a root, undefined when it is one: relative, `/`-separated, kept as spelled (never Unicode
 * normalized; a backslash is an ordinary character). Pure.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'a path is not empty'
  if (path.startsWith('/')) return 'a path is relative to the workspace'
  if (path.includes('\0')) return 'a path holds no NUL'
  if (!path.isWellFormed()) return 'a path holds no lone surrogate'
  if (encoder.encode(path).length > maxPathBytes) return `a path has at most ${maxPathBytes} bytes`
  const segments = path.split('/')
  if (segments.length > maxPathDepth) return `a path has at most ${maxPathDepth} segments`
  for (const segment of segments) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The path of the directory a path lies in: `.` for the top. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash)
}

/** The last segment of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The path of `name` in `directory`, where `.` is the root itself. */
export function joinPath(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'a path has no empty segment'
  if (segment === '.' || segment === '..') return `a path has no ${JSON.stringify(segment)} segment`
  if (encoder.encode(segment).length > maxNameBytes) return `a segment has at most ${maxNameBytes} bytes`
  return undefined
}
