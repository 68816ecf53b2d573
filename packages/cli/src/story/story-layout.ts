import type { Channel } from '../terminal/terminal.ts'
import { padded } from '../terminal/text.ts'
import type { StoryLine } from './said.ts'

/** Widths that fit most lines; a longer cell pushes what follows to the right instead of being cut. */
const widths = { elapsed: 9, seq: 5, word: 11, about: 40 }

/** One line of a story, its columns where those of the other lines are, also when the others are not known yet. */
export function storyText(line: StoryLine, startedAt: number, { paint }: Channel): string {
  const elapsed = `${((line.at - startedAt) / 1000).toFixed(3)}s`.padStart(widths.elapsed)
  const seq = `#${line.action ?? line.seq}`.padEnd(widths.seq)
  const about = line.detail === '' || line.about === '' ? line.about : padded(line.about, widths.about)
  const rest = [about, line.detail === '' ? '' : paint('faint', line.detail)].filter((part) => part !== '').join('  ')
  return `${paint('faint', `${elapsed}  ${seq}`)}  ${paint(line.tone, padded(line.word, widths.word))}  ${rest}`.trimEnd()
}
