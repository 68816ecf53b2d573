/**
 * What a reviewer cannot see but Cedar reads: control characters, marks that reorder or hide text, spaces that are none, lone
 * surrogates. A carriage return alone ends a comment for Cedar and no line for an editor, so it stands only before a line feed.
 */
const unprintable =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\p{Surrogate}]|\p{Variation_Selector}|\r(?!\n)/u

/** The first unprintable character, as `U+202E`, and its line from 1. */
export function findUnprintable(text: string): { readonly line: number; readonly name: string } | undefined {
  const found = unprintable.exec(text)
  if (found === null) return undefined
  const line = text.slice(0, found.index).split('\n').length
  return { line, name: `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` }
}
