import { styleText } from 'node:util'
import { escapeControls } from '@ice-runtime/effects'

/** Fits a terminal of 100 columns, with room for the cursor. */
const maxColumns = 98
const labelColumns = 14

type Style = Parameters<typeof styleText>[0]

/** Where the story is told, and what it claimed. */
export interface Screen {
  heading(text: string): void
  line(text?: string): void
  /** A label and what it says, with further lines below it. */
  item(label: string, text: string, ...more: readonly string[]): void
  faint(text: string): void
  /** A line of a listing: its mark says how it ended. */
  mark(mark: 'done' | 'refused' | 'staged', text: string): void
  /** States what was just computed. What does not hold is kept, and makes the program fail. */
  check(claim: string, holds: boolean): void
  failures(): readonly string[]
}

const marks: Readonly<Record<'done' | 'refused' | 'staged', { readonly sign: string; readonly style: Style }>> = {
  done: { sign: '·', style: 'reset' },
  refused: { sign: '✗', style: 'red' },
  staged: { sign: '+', style: 'yellow' },
}

export function createScreen(stream: NodeJS.WriteStream): Screen {
  const failed: string[] = []
  const styled = (style: Style, text: string): string => styleText(style, text, { stream })
  const print = (text: string): void => void stream.write(`${text}\n`)
  return {
    heading: (text) => print(`\n${styled('bold', fit(text, maxColumns))}\n`),
    line: (text = '') => print(text === '' ? '' : `  ${fit(text, maxColumns - 2)}`),
    item: (label, text, ...more) => {
      const room = maxColumns - labelColumns - 2
      print(`  ${styled('dim', label.padEnd(labelColumns))}${fit(text, room)}`)
      for (const next of more) print(`  ${' '.repeat(labelColumns)}${fit(next, room)}`)
    },
    faint: (text) => print(`  ${styled('dim', fit(text, maxColumns - 2))}`),
    mark: (mark, text) => print(`  ${styled(marks[mark].style, `${marks[mark].sign} ${fit(text, maxColumns - 4)}`)}`),
    check: (claim, holds) => {
      print(`  ${styled(holds ? 'green' : 'red', holds ? '✓' : '✗')} ${fit(claim, maxColumns - 4)}`)
      if (!holds) failed.push(claim)
    },
    failures: () => failed,
  }
}

/** One line of at most so many columns, with nothing in it that a terminal would obey. */
export function fit(text: string, columns: number): string {
  const line = Array.from(escapeControls(text).replace(/[\n\t]/g, ' '))
  return line.length <= columns ? line.join('') : `${line.slice(0, columns - 1).join('')}…`
}
