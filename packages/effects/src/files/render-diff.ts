import { createTwoFilesPatch } from 'diff'
import type { BlobReader, FileState, StagedChange } from '@ice-runtime/kernel'
import { planChanges } from './workspace-plan.ts'

/** Larger files are shown by digest: nobody reads such a difference, and computing it takes long. */
const maxDiffBytes: number = 1024 * 1024
/** Edits after which two files are shown as different throughout. Finding the least edits costs their square: this many, a second. */
const maxEdits = 1500
const linesAround = 3

/**
 * Staged changes as a unified diff for people, in path order. Control characters, also the invisible ones that reorder text, are
 * written as escapes, so that what is approved is what is seen. Files that are not text, or whose content is not kept, appear by
 * digest.
 */
export function renderDiff(changes: readonly StagedChange[], blobs: BlobReader): string {
  const shown = planChanges(changes).toSorted((left, right) => (left.path < right.path ? -1 : 1))
  return shown.map((change) => renderChange(change, blobs)).join('')
}

/** Escapes what a terminal would obey or hide. Line feeds and tabs stay. */
export function escapeControls(text: string): string {
  return text.replace(controls, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

// C0 but tab and line feed, DEL and C1, and format characters: zero width, direction marks and overrides, tags, line separators.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]|\p{Cf}/gu

function renderChange({ path, base, to }: StagedChange, blobs: BlobReader): string {
  const name = escapeControls(path).replaceAll('\n', '\\x0a')
  const header = [`diff ${name}`, ...modeLines(base, to)].join('\n')
  const [before, after] = [textOf(base, blobs), textOf(to, blobs)]
  if (before === undefined || after === undefined) return `${header}\nbinary ${summary(base)} -> ${summary(to)}\n`
  if (before === after) return `${header}\n`
  const names = {
    before: base.kind === 'absent' ? '/dev/null' : `a/${name}`,
    after: to.kind === 'absent' ? '/dev/null' : `b/${name}`,
  }
  return `${header}\n${patchOf(names, escapeControls(before), escapeControls(after))}`
}

interface Names {
  readonly before: string
  readonly after: string
}

function patchOf(names: Names, before: string, after: string): string {
  const whole = (): string => `--- ${names.before}\n+++ ${names.after}\n${wholeHunk(before, after)}`
  if (before === '' || after === '') return whole()
  const patch = createTwoFilesPatch(names.before, names.after, before, after, undefined, undefined, {
    context: linesAround,
    maxEditLength: maxEdits,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  })
  return patch ?? whole()
}

/** Everything out, everything in: for what is new or gone, and for what has too little in common. */
function wholeHunk(before: string, after: string): string {
  const [removed, added] = [marked('-', before), marked('+', after)]
  const range = (count: number): string => `${count === 0 ? 0 : 1},${count}`
  return `@@ -${range(removed.count)} +${range(added.count)} @@\n${removed.text}${added.text}`
}

function marked(sign: '-' | '+', text: string): { readonly text: string; readonly count: number } {
  if (text === '') return { text: '', count: 0 }
  const lines = text.split('\n')
  const isEnded = lines.at(-1) === ''
  if (isEnded) lines.pop()
  const body = lines.map((line) => `${sign}${line}\n`).join('')
  return { text: isEnded ? body : `${body}\\ No newline at end of file\n`, count: lines.length }
}

function modeLines(base: FileState, to: FileState): readonly string[] {
  const [before, after] = [shape(base), shape(to)]
  if (base.kind === 'absent') return [`new ${after}`]
  if (to.kind === 'absent') return [`deleted ${before}`]
  return before === after ? [] : [`was ${before}`, `now ${after}`]
}

function shape(state: FileState): string {
  return state.kind === 'file' ? `file mode ${state.mode.toString(8)}` : state.kind
}

/** Undefined for what cannot be shown as text. A link's text is its target, a directory has none. */
function textOf(state: FileState, blobs: BlobReader): string | undefined {
  switch (state.kind) {
    case 'absent':
    case 'directory':
      return ''
    case 'symlink':
      return state.target
    case 'other':
      return undefined
    case 'file': {
      if (state.sizeBytes > maxDiffBytes || !blobs.has(state.blob)) return undefined
      return decodeText(blobs.get(state.blob))
    }
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

function summary(state: FileState): string {
  return state.kind === 'file' ? `sha256:${state.blob} (${state.sizeBytes} bytes)` : state.kind
}
