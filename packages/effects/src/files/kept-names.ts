import { assert } from '@ice-runtime/kernel'

const applyIdPattern = /^[A-Za-z0-9_]{1,64}$/
const keptPattern = /^\.ice-[A-Za-z0-9_]{1,64}-\d{1,10}(?:\.made|\.edited)?$/

/** Names beside a target while its change is in hand. */
export interface KeptNames {
  /** Holds the new content before the swap and what was replaced after it. */
  readonly kept: string
  /** A link whose target text is the inode of the new content: says that the content is complete, and which of the two it is. */
  readonly mark: string
}

export function keptNames(applyId: string, index: number): KeptNames {
  const kept = `${keptPrefix(applyId)}${index}`
  return { kept, mark: `${kept}.made` }
}

/** Where the kept content goes when it was edited after the swap, so that no later step takes it for a leftover. */
export function editedName(kept: string): string {
  return `${kept}.edited`
}

/** What all names of one commit begin with. */
export function keptPrefix(applyId: string): string {
  assert(applyIdPattern.test(applyId), 'an apply id is a plain word, as it becomes part of a file name')
  return `.ice-${applyId}-`
}

/** True for a name that some commit may be using: agents neither see nor write such names. */
export function isKeptName(name: string): boolean {
  return keptPattern.test(name)
}
