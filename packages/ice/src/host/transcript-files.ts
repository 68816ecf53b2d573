import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { IceError } from '@ice-runtime/kernel'

export interface TranscriptFiles {
  /** In the order of their names, those of a directory before those of the directories in it. */
  readonly paths: readonly string[]
  /** There are more than `maxTranscriptFiles`, or some lie deeper than `maxDepth`. */
  readonly isCut: boolean
}

const ending = '.jsonl'
/** Years of sessions of one project, with an agent or two in each. */
export const maxTranscriptFiles = 10_000
/** `projects/<project>/<session>/subagents` is the deepest that a host writes to. */
const maxDepth = 4
const chunkBytes: number = 64 * 1024
/** A longer line is cut off, so that it is one that nobody can read, as it would be whole. */
const maxLineChars: number = 9 * 1024 * 1024

/** Transcripts at a place: the file itself, or all below a directory. Links below it are not followed. Throws `files.not_found` for none. */
export function transcriptFiles(place: string): TranscriptFiles {
  const found = statSync(place, { throwIfNoEntry: false })
  if (found === undefined) throw new IceError('files.not_found', `there is no ${place}`)
  const files = found.isDirectory() ? below(place) : { paths: found.isFile() ? [place] : [], isCut: false }
  if (files.paths.length > 0) return files
  throw new IceError('files.not_found', `${place} holds no transcript`, { hint: `they end in ${ending}, below ~/.claude/projects` })
}

function below(directory: string): TranscriptFiles {
  const paths: string[] = []
  let isCut = false
  let level = [directory]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === maxDepth) return { paths, isCut: true }
    const next: string[] = []
    for (const entry of level.flatMap((folder) => entriesOf(folder))) {
      if (entry.isDirectory) next.push(entry.path)
      else if (paths.length < maxTranscriptFiles) paths.push(entry.path)
      else isCut = true
    }
    level = next
  }
  return { paths, isCut }
}

function entriesOf(folder: string): readonly { readonly path: string; readonly isDirectory: boolean }[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || (entry.isFile() && entry.name.endsWith(ending)))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map((entry) => ({ path: join(folder, entry.name), isDirectory: entry.isDirectory() }))
}

/** The lines of a file one after the other, which holds a part of it in memory at a time. */
export function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const decoder = new StringDecoder('utf8')
    const chunk = Buffer.alloc(chunkBytes)
    let line = ''
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const [first = '', ...others] = decoder.write(chunk.subarray(0, read)).split('\n')
      if (line.length < maxLineChars) line += first
      for (const other of others) {
        yield line
        line = other
      }
    }
    yield line + decoder.end()
  } finally {
    closeSync(file)
  }
}
