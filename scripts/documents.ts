import { posix } from 'node:path'
import type { TextFile } from './architecture/repository.ts'
import { anchorsOf, fencesOf, linksOf } from './markdown.ts'
import type { Fence } from './markdown.ts'

/** Links of `documents` to paths or headings that do not exist. `exists` answers for paths relative to the root. */
export function brokenLinks(documents: readonly TextFile[], exists: (path: string) => boolean): readonly string[] {
  return documents.flatMap((document) =>
    linksOf(document.text)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !isIntact(document, link, { documents, exists }))
      .map((link) => `${document.path}: ${link}`),
  )
}

interface LinkTargets {
  readonly documents: readonly TextFile[]
  readonly exists: (path: string) => boolean
}

function isIntact(document: TextFile, link: string, targets: LinkTargets): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? document.path : posix.join(posix.dirname(document.path), file)
  if (path.startsWith('..') || !targets.exists(path)) return false
  if (anchor === undefined) return true
  const target = targets.documents.find((candidate) => candidate.path === path)
  return target !== undefined && anchorsOf(target.text).has(anchor)
}

/** Documents that no other document links to, entry points aside: nobody finds them. */
export function unreachedDocuments(documents: readonly TextFile[], entryPoints: readonly string[]): readonly string[] {
  const linked = new Set(
    documents.flatMap((document) =>
      linksOf(document.text).map((link) => posix.join(posix.dirname(document.path), link.split('#')[0] ?? '')),
    ),
  )
  return documents.map((document) => document.path).filter((path) => !entryPoints.includes(path) && !linked.has(path))
}

/** What a reader does with a page, in order: write a file, or run a command. */
export type DocumentedStep =
  | { readonly type: 'file'; readonly line: number; readonly name: string; readonly content: string }
  | {
      readonly type: 'command'
      readonly line: number
      readonly script: string
      /** What it shall print, when the document says so. */
      readonly output: string | undefined
    }

/**
 * Blocks marked `sh run` are commands; a block marked `text output` right after one is what it prints. A block whose mark ends in
 * `file NAME` is that file.
 */
export function stepsOf(markdown: string): readonly DocumentedStep[] {
  const fences = fencesOf(markdown)
  for (const [index, fence] of fences.entries()) {
    if (fence.info === 'text output' && fences[index - 1]?.info !== 'sh run') throw new Error(`line ${fence.line}: output of no command`)
  }
  return fences.flatMap((fence, index) => step(fence, fences[index + 1]))
}

function step(fence: Fence, next: Fence | undefined): readonly DocumentedStep[] {
  const { line, text } = fence
  const name = /^\w+ file ([\w.-]+)$/.exec(fence.info)?.[1]
  if (name !== undefined) return [{ type: 'file', line, name, content: text }]
  if (fence.info !== 'sh run') return []
  return [{ type: 'command', line, script: text, output: next?.info === 'text output' ? next.text : undefined }]
}

/** Whether what was printed is what was promised. `…` in a line stands for anything, a line of it alone for any lines. */
export function matchesOutput(promised: string, printed: string): boolean {
  const pattern = promised
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.trimEnd().split('…').map(escapePattern).join('.*')}\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(
    `${printed
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')}\n`,
  )
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
