/** What a terminal would obey or hide: controls, format characters, separators of lines. */
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Cf}/gu

/**
 * Text of an agent, a model or a file name, safe to print on one line: what is written is what was there, with everything a
 * terminal would obey as an escape. `limit` characters at most.
 */
export function visible(text: string, limit: number = Number.MAX_SAFE_INTEGER): string {
  const shortened = text.length > limit ? `${text.slice(0, limit - 1)}…` : text
  return shortened.toWellFormed().replace(controls, escapeOf)
}

/** The same for text of several lines, which stay lines. */
export function visibleLines(text: string): readonly string[] {
  return text.split('\n').map((line) => visible(line.replaceAll('\t', '  ')))
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** `2026-11-21 11:53:23`, universal time: the same text wherever it is read. */
export function timeText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** `0.021 s`, `3 min 20 s`. */
export function durationText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(3)} s`
  const seconds = Math.round(ms / 1000)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`
}

export function countText(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `12,345`, in every locale. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Rows with their columns under one another; the last column is not padded. Widths are in code points. */
export function aligned(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths: number[] = []
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell))
  return rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0))))
}

export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

function width(text: string): number {
  return Array.from(text).length
}
