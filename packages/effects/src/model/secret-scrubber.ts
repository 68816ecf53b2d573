/** Takes a key out of whatever comes back from a service, so that none ends up in a record or an error. */
export interface SecretScrubber {
  text(text: string): string
  bytes(bytes: Uint8Array): Uint8Array
  /** For text that arrives in pieces: holds back the end of a piece while it may be the beginning of the key. */
  pieces(): (piece: string) => string
}

/** Local servers take any word as a key; taking `none` out of every reply would damage it, and such a key protects nothing. */
const minSecretLength = 12
const replacement = '[key removed]'

export function createScrubber(secret: string | undefined): SecretScrubber {
  if (secret === undefined || secret.length < minSecretLength) {
    return { text: (text) => text, bytes: (bytes) => bytes, pieces: () => (piece) => piece }
  }
  const scrub = (text: string): string => text.replaceAll(secret, replacement)
  return {
    text: scrub,
    // Latin-1 maps every byte to one character and back, so bytes around the key are kept whatever they are.
    bytes: (bytes) => Uint8Array.from(Buffer.from(scrub(Buffer.from(bytes).toString('latin1')), 'latin1')),
    pieces: () => {
      let held = ''
      return (piece) => {
        const text = scrub(held + piece)
        held = text.slice(text.length - overlap(text, secret))
        return text.slice(0, text.length - held.length)
      }
    },
  }
}

/** Length of the longest end of the text that begins the secret. */
function overlap(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length
  }
  return 0
}
