/** A string of Cedar that means exactly this text and can be read: what cannot be seen is written as its number. */
export function cedarString(text: string): string {
  const escaped = text
    .replace(/["\\]/g, (char) => `\\${char}`)
    .replace(notPlain, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
  return `"${escaped}"`
}

/** Everything but letters, digits, plain marks and the space. */
const notPlain = /[^\p{L}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu

export function cedarEntity(type: 'Agent' | 'Action' | 'Resource', id: string): string {
  return `Ice::${type}::${cedarString(id)}`
}
