import { z } from 'zod'
import { IceError, isSecretShaped } from '@ice-runtime/kernel'
import type { Driver, JsonObject, PerformContext, Receipt } from '@ice-runtime/kernel'
import { placeArgument, wellFormed } from './file-args.ts'
import { fileDriver, pathFacts } from './file-driver.ts'
import type { FileAction, FileDriverOptions } from './file-driver.ts'
import { walkTree } from './reading-drivers.ts'
import type { StagedTree } from './staged-tree.ts'

/** Most matches of one search, and how many there are when the agent does not say. */
export const maxSearchMatches = 1000
const defaultSearchMatches = 200
/** Files larger than this are data, not text someone wrote. */
export const maxSearchedFileBytes: number = 1024 * 1024
/** Bounds of one search, so that it ends well before its deadline. */
export const maxSearchedFiles = 20_000
export const maxSearchedBytes: number = 256 * 1024 * 1024
const maxSearchTextLength = 1000
/** A matching line is quoted this far. */
const maxQuoteLength = 300
/** More than a quote has in UTF-8. */
const maxQuoteBytes = 1024

const searchArgs = z.strictObject({
  text: wellFormed.min(1).max(maxSearchTextLength),
  path: placeArgument,
  ignoreCase: z.boolean().optional(),
  limit: z.int().min(1).max(maxSearchMatches).optional(),
})
type SearchArgs = z.infer<typeof searchArgs>

/** `files.search`: plain text, no patterns, so that its cost is linear. */
export function searchDriver(options: FileDriverOptions): Driver {
  return fileDriver(searchAction, options)
}

const searchAction: FileAction<SearchArgs> = {
  action: 'files.search',
  description: 'Finds lines that hold a text, in one file or in all below a directory. Secret-shaped files are left out.',
  args: searchArgs,
  class: 'observe',
  facts: {},
  plan: ({ path, limit = defaultSearchMatches }, tree) => ({
    paths: [path],
    facts: pathFacts(path, tree.state(path), tree.isStaged(path)),
    cost: { sizeBytes: limit * maxQuoteBytes },
  }),
  perform: searchTree,
  describe: ({ text, path }) => `search ${path} for ${JSON.stringify(text)}`,
}

interface Match extends JsonObject {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly text: string
}

function searchTree(args: SearchArgs, tree: StagedTree, { signal }: PerformContext): Receipt {
  const limit = args.limit ?? defaultSearchMatches
  const matches: Match[] = []
  const seen = { files: 0, sizeBytes: 0, skipped: 0 }
  let truncated = false
  for (const path of filesAt(tree, args.path)) {
    if (signal.aborted) throw new IceError('effect.timeout', 'the search was stopped')
    if (matches.length >= limit || seen.files >= maxSearchedFiles || seen.sizeBytes >= maxSearchedBytes) {
      truncated = true
      break
    }
    const text = textOf(tree, path, args.path)
    if (text === undefined) {
      seen.skipped += 1
      continue
    }
    seen.files += 1
    seen.sizeBytes += text.sizeBytes
    matches.push(...linesWith(args, path, text.text))
  }
  const given = matches.slice(0, limit)
  return {
    result: { matches: given, truncated: truncated || matches.length > limit, files: seen.files, skipped: seen.skipped },
    cost: { sizeBytes: given.reduce((sum, match) => sum + Buffer.byteLength(match.text), 0) },
  }
}

function* filesAt(tree: StagedTree, start: string): Generator<string> {
  const { kind } = start === '.' ? { kind: 'directory' } : tree.glance(start)
  if (kind === 'directory') yield* walkTree(tree, start, true)
  else yield start
}

/** Undefined for what is no text, is too large, or shows a secret that was not asked for by name. */
function textOf(tree: StagedTree, path: string, start: string): { readonly text: string; readonly sizeBytes: number } | undefined {
  const { kind, sizeBytes = 0 } = tree.glance(path)
  if (kind !== 'file' || sizeBytes > maxSearchedFileBytes) return undefined
  if (isSecretShaped(path) && !isSecretShaped(start)) return undefined
  const { bytes } = tree.read(path, maxSearchedFileBytes)
  return bytes.includes(0) ? undefined : { text: Buffer.from(bytes).toString('utf8'), sizeBytes: bytes.length }
}

function linesWith({ text, ignoreCase = false }: SearchArgs, path: string, content: string): readonly Match[] {
  const fold = (line: string): string => (ignoreCase ? line.toLowerCase() : line)
  const wanted = fold(text)
  if (!fold(content).includes(wanted)) return []
  const found: Match[] = []
  for (const [index, line] of content.split('\n').entries()) {
    const at = fold(line).indexOf(wanted)
    if (at < 0) continue
    found.push({ path, line: index + 1, column: at + 1, text: quote(line) })
    if (found.length > maxSearchMatches) break
  }
  return found
}

function quote(line: string): string {
  // A cut may fall between the halves of a surrogate pair, which no record can hold.
  return line.length <= maxQuoteLength ? line : `${line.slice(0, maxQuoteLength).toWellFormed()}…`
}
