/** One token of Cedar as far as splitting needs it. `start` and `end` are offsets in UTF-16 code units. */
export interface Token {
  readonly kind: 'word' | 'string' | 'sign'
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * The tokens of a text, without white space and comments. Strings and comments end exactly where Cedar's own lexer ends them, which is
 * what the rest relies on; a string without an end reaches to the end of the text, and Cedar says what is wrong with it.
 */
export function* tokensOf(text: string): Generator<Token> {
  let at = 0
  while (at < text.length) {
    const start = at
    const char = text.charAt(at)
    if (isSpace(char)) {
      at += 1
    } else if (text.startsWith('//', at)) {
      at = endOfComment(text, at)
    } else if (char === '"') {
      at = endOfString(text, at)
      yield { kind: 'string', text: text.slice(start, at), start, end: at }
    } else {
      const word = wordAt(text, at)
      at += word === '' ? signLength(text, at) : word.length
      yield { kind: word === '' ? 'sign' : 'word', text: text.slice(start, at), start, end: at }
    }
  }
}

const longSigns: readonly string[] = ['&&', '||', '::', '==', '!=', '<=', '>=']

function signLength(text: string, at: number): number {
  return longSigns.some((sign) => text.startsWith(sign, at)) ? 2 : 1
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\t' || char === '\r'
}

/** A comment ends at a line feed or at a carriage return, whichever comes first. */
function endOfComment(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at += 1
  return at
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

const wordPattern = /[A-Za-z0-9_]+/y

function wordAt(text: string, at: number): string {
  wordPattern.lastIndex = at
  return wordPattern.exec(text)?.[0] ?? ''
}
