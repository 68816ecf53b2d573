import type { Token } from './tokens.ts'

/** One condition of a rule, as written, and as an expression that can be evaluated by itself. */
export interface ConditionText {
  readonly text: string
  readonly expression: string
}

/** A rule taken apart. All three as written, comments around them left out. */
export interface RuleClauses {
  /** Where the scope's parenthesis opens: what stands before are annotations and the effect. */
  readonly scopeStart: number
  readonly conditions: readonly ConditionText[]
}

/**
 * The conditions of a rule that parses: what its scope says of principal, action and resource, then the parts of its clauses. A `when`
 * holds if all parts around its outermost `&&` do; an `unless` if none of those around its outermost `||` does.
 */
export function splitClauses(text: string, tokens: readonly Token[]): RuleClauses {
  const open = tokens.findIndex((token, index) => isSign(token, '(') && isEffect(tokens[index - 1]))
  const close = closing(tokens, open)
  const scope = splitAt(tokens.slice(open + 1, close), ',')
    .filter((part) => part.length > 1)
    .map((part) => plain(textOf(text, part)))
  return { scopeStart: tokens[open]?.start ?? 0, conditions: [...scope, ...clauseConditions(text, tokens.slice(close + 1))] }
}

function clauseConditions(text: string, tokens: readonly Token[]): readonly ConditionText[] {
  const conditions: ConditionText[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const keyword = tokens[at]?.text
    if (keyword !== 'when' && keyword !== 'unless') continue
    const close = closing(tokens, at + 1)
    const body = tokens.slice(at + 2, close)
    const parts = partsOf(body, keyword === 'when' ? '&&' : '||').map((part) => textOf(text, part))
    conditions.push(...parts.map((part) => (keyword === 'when' ? plain(part) : negated(part))))
    at = close
  }
  return conditions
}

function plain(text: string): ConditionText {
  return { text, expression: text }
}

function negated(text: string): ConditionText {
  return { text: `unless ${text}`, expression: `!(${text}\n)` }
}

/** Parts around the outermost `sign`; the whole where another operator binds more loosely. */
function partsOf(tokens: readonly Token[], sign: '&&' | '||'): readonly (readonly Token[])[] {
  const looser = sign === '&&' ? splitAt(tokens, '||').length > 1 : false
  return looser || tokens[0]?.text === 'if' || splitAt(tokens, sign).some((part) => part[0]?.text === 'if')
    ? [tokens]
    : splitAt(tokens, sign)
}

/** Splits at a sign that stands in no bracket. */
function splitAt(tokens: readonly Token[], sign: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    depth += depthChange(token)
    if (depth === 0 && isSign(token, sign)) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** Index of the bracket that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at]
    if (token !== undefined) depth += depthChange(token)
    if (depth === 0) return at
  }
  return tokens.length
}

function depthChange(token: Token): number {
  if (token.kind !== 'sign') return 0
  if (token.text === '(' || token.text === '[' || token.text === '{') return 1
  return token.text === ')' || token.text === ']' || token.text === '}' ? -1 : 0
}

function isSign(token: Token, text: string): boolean {
  return token.kind === 'sign' && token.text === text
}

function isEffect(token: Token | undefined): boolean {
  return token?.text === 'permit' || token?.text === 'forbid'
}

function textOf(text: string, tokens: readonly Token[]): string {
  return text.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0)
}
