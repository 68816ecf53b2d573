const encoder = new TextEncoder()
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Everything a well-formed value is found as: itself, JSON-escaped, percent-encoded as URLs and as forms do it, and in base64 and base64url at
 * each of the three places it can have in a longer text that was encoded whole. Longest first, each once.
 */
export function secretForms(value: string): readonly string[] {
  const percent = encodeURIComponent(value)
  const strict = percentAlso(percent, /[!'()*]/g)
  const form = percentAlso(percent, /[!'()~]/g).replaceAll('%20', '+')
  const json = JSON.stringify(value).slice(1, -1)
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const texts = [value, json, ascii, percent, strict, form]
  const encoded = [0, 1, 2].map((offset) => base64Within(encoder.encode(value), offset))
  const escaped = texts.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
  const url = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  // JSON writers may escape slashes, and `+` where HTML may follow.
  const slashed = [...encoded, value].map((text) => text.replaceAll('/', '\\/'))
  const forms = new Set([...escaped, ...encoded, ...url, ...slashed].filter((form) => form.length > 0))
  return [...forms].sort((left, right) => right.length - left.length)
}

function percentAlso(text: string, characters: RegExp): string {
  return text.replace(characters, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What is always the same of the base64 of bytes with `offset` bytes before them: the characters that hold nothing else. */
function base64Within(bytes: Uint8Array, offset: number): string {
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return Array.from({ length: last - first }, (_, index) => alphabet.charAt(sixBits(bytes, (first + index) * 6 - offset * 8))).join('')
}

function sixBits(bytes: Uint8Array, firstBit: number): number {
  const byte = Math.floor(firstBit / 8)
  const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0)
  return (pair >> (10 - (firstBit % 8))) & 0x3f
}
