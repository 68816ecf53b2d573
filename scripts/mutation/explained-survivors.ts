import type { Mutant } from './mutated-sources.ts'

interface Explanation {
  readonly file: string
  /** A part of what stood there. */
  readonly original: string
  readonly why: string
}

/** Mutants that no case can tell from the original, and why. */
const explanations: readonly Explanation[] = []

export function explained({ file, original }: Mutant): boolean {
  return explanations.some((known) => known.file === file && original.includes(known.original))
}
