const encoder = new TextEncoder()

/**
 * The UTF-8 bytes of a text, in memory from `allocate` where the text is ASCII: a platform that carves small pieces out of one large
 * buffer does so for a tenth of what a buffer of its own costs.
 */
export function encodeText(text: string, allocate?: (sizeBytes: number) => Uint8Array): Uint8Array {
  if (allocate === undefined) return encoder.encode(text)
  const bytes = allocate(text.length)
  const { read } = encoder.encodeInto(text, bytes)
  // Text beyond ASCII takes more bytes than characters.
  return read === text.length ? bytes : encoder.encode(text)
}
