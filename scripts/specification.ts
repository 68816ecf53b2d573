import type { TextFile } from './architecture/repository.ts'

/** A normative sentence of a specification. */
export interface Requirement {
  readonly path: string
  readonly sentence: string
  /** Ids of the laws that check it, as cited in brackets. */
  readonly laws: readonly string[]
}

export interface SpecificationInput {
  readonly specifications: readonly TextFile[]
  readonly lawIds: readonly string[]
  readonly tests: readonly TextFile[]
}

const lawReference = /\[([a-z]+\.[a-z_]+)\]/g

/** Sentences that hold a MUST. Fenced blocks and tables describe, and are left out. */
export function readRequirements(file: TextFile): readonly Requirement[] {
  const prose = file.text.replace(/^```[\s\S]*?^```$/gm, '').replace(/^[|#].*$/gm, '')
  return prose
    .split(/\n\s*\n|\n(?=- )/)
    .flatMap((paragraph) => paragraph.replace(/\s+/g, ' ').split(/(?<=[.:])\s+(?=[A-Z(*`])/))
    .filter((sentence) => /\bMUST\b/.test(sentence))
    .map((sentence) => ({
      path: file.path,
      sentence: sentence.replace(/^- /, '').trim(),
      laws: [...sentence.matchAll(lawReference)].map((match) => match[1] ?? ''),
    }))
}

/** What is missing between sentences, laws and tests, in both directions. Empty input is a problem, not a pass. */
export function specificationProblems(input: SpecificationInput): readonly string[] {
  const requirements = input.specifications.flatMap(readRequirements)
  const cited = new Set(requirements.flatMap((requirement) => requirement.laws))
  const known = new Set(input.lawIds)
  return [
    ...(requirements.length === 0 ? ['no MUST was found'] : []),
    ...(known.size === 0 ? ['no law was found'] : []),
    ...(known.size === input.lawIds.length ? [] : ['two laws have one id']),
    ...requirements
      .filter((requirement) => requirement.laws.length === 0)
      .map((requirement) => `${requirement.path}: no law for “${requirement.sentence}”`),
    ...[...cited].filter((id) => !known.has(id)).map((id) => `${id}: cited by a specification, but there is no such law`),
    ...input.lawIds.filter((id) => !cited.has(id)).map((id) => `${id}: no MUST cites this law`),
    ...input.lawIds.filter((id) => !input.tests.some((test) => test.text.includes(id))).map((id) => `${id}: no test cites this law`),
  ]
}
