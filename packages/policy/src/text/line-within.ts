/** How many lines begin before an offset in bytes of UTF-8, which is how Cedar counts. */
export function lineWithin(text: string, offsetBytes: number): number {
  const lineFeed = 10
  return new TextEncoder()
    .encode(text)
    .subarray(0, offsetBytes)
    .filter((byte) => byte === lineFeed).length
}
