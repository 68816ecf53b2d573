import type { Tone } from '../terminal/terminal.ts'

/** One line of a run's story. */
export interface StoryLine {
  readonly seq: number
  /** `seq` of the proposal, for a line about an action: what `explain` is asked with. */
  readonly action?: number
  readonly at: number
  /** One word for what happened. */
  readonly word: string
  readonly tone: Tone
  /** What it happened to. */
  readonly about: string
  /** Why, and with what. */
  readonly detail: string
}

/** What one entry says to a person. */
export type Said = Pick<StoryLine, 'word' | 'tone'> & Partial<Pick<StoryLine, 'about' | 'detail'>>
