import { canonicalize } from '@ice-runtime/kernel'
import type { FileState, Run, StagedChange } from '@ice-runtime/kernel'
import type { Channel } from '../terminal/terminal.ts'
import { aligned, countText, visible } from '../terminal/text.ts'

/** What a run staged, one line a path. */
export function changesText(run: Run, { paint }: Pick<Channel, 'paint'>): readonly string[] {
  const changes = run.staged.entries().map(([, change]) => change)
  return aligned(changes.map(cells)).map(([word = '', path = '', detail = '']) =>
    `${paint(word.startsWith('deleted') ? 'bad' : 'good', word)}  ${path}  ${paint('faint', detail)}`.trimEnd(),
  )
}

function cells({ path, base, to }: StagedChange): readonly string[] {
  return [wordOf(base, to), visible(path), sizeText(base, to)]
}

/** False for a path that was written exactly as it stood: a commit leaves it alone. */
export function isChange({ base, to }: Pick<StagedChange, 'base' | 'to'>): boolean {
  return canonicalize(base) !== canonicalize(to)
}

function wordOf(base: FileState, to: FileState): string {
  if (!isChange({ base, to })) return 'as it was'
  if (to.kind === 'absent') return 'deleted'
  return base.kind === 'absent' ? 'new' : 'changed'
}

function sizeText(base: FileState, to: FileState): string {
  if (to.kind === 'absent') return ''
  if (to.kind !== 'file') return to.kind
  const before = base.kind === 'file' ? `${base.sizeBytes} → ` : ''
  return `${before}${countText(to.sizeBytes, 'byte')}`
}
