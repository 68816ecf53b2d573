import { tokensOf } from './tokens.ts'
import type { Token } from './tokens.ts'

/** One rule as it stands in its file. */
export interface RuleText {
  /** Where its first token begins in the file. */
  readonly start: number
  /** Of its first token, from 1. */
  readonly line: number
  /** From its first token to its `;`, comments inside included. */
  readonly text: string
  /** False for what stands after the last `;`. */
  readonly ended: boolean
  /** Of `text`, so offsets count from its beginning. */
  readonly tokens: readonly Token[]
}

/**
 * Splits a policy text into its rules, in order. No `;` of Cedar stands inside a rule, so each one outside of strings and comments
 * ends one: an unbalanced bracket spoils one rule instead of the rest of the file.
 */
export function splitRules(text: string): readonly RuleText[] {
  const rules: RuleText[] = []
  const lines = lineCounter(text)
  let tokens: Token[] = []
  const finish = (ended: boolean): void => {
    const [first] = tokens
    const last = tokens.at(-1)
    if (first === undefined || last === undefined) return
    const shifted = tokens.map((token) => ({ ...token, start: token.start - first.start, end: token.end - first.start }))
    rules.push({ start: first.start, line: lines(first.start), text: text.slice(first.start, last.end), ended, tokens: shifted })
    tokens = []
  }
  for (const token of tokensOf(text)) {
    tokens.push(token)
    if (token.text === ';') finish(true)
  }
  finish(false)
  return rules
}

/** The line of an offset, from 1. Asked with offsets that only grow. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let seen = 0
  return (offset) => {
    for (; seen < offset; seen += 1) if (text[seen] === '\n') line += 1
    return line
  }
}

/** How deep brackets stand inside one another. */
export function bracketDepth(tokens: readonly Token[]): number {
  let depth = 0
  let deepest = 0
  for (const { kind, text } of tokens) {
    if (kind !== 'sign') continue
    if (text === '(' || text === '[' || text === '{') depth += 1
    else if (text === ')' || text === ']' || text === '}') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}
