import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { maxErrorChars } from '../limits.ts'
import { bundleFile, preludeFile } from './engine-files.ts'

const framePattern = /^\s*at (.*?) ?\(?([^()\s]+):(\d+):(\d+)\)?$/

/** Rewrites an engine's stack to the author's files and lines. Frames of the host are left out, unmapped ones stay as they are. */
export function mapStack(stack: string, sourceMap: string | undefined): string {
  const map = sourceMap === undefined ? undefined : new TraceMap(sourceMap)
  const lines: string[] = []
  for (const line of stack.split('\n')) {
    if (line.trim() === '' || line.includes(preludeFile)) continue
    const match = framePattern.exec(line)
    if (match === null || map === undefined || match[2] !== bundleFile) {
      lines.push(line.trimEnd())
      continue
    }
    const place = originalPositionFor(map, { line: Number(match[3]), column: Number(match[4]) - 1 })
    const where = place.source === null ? `${match[2]}:${match[3]}:${match[4]}` : `${place.source}:${place.line}:${place.column + 1}`
    lines.push(`    at ${match[1] === '' ? '<anonymous>' : match[1]} (${where})`)
  }
  return lines.join('\n').slice(0, maxErrorChars)
}
