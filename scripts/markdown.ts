/** A fenced block. `info` is what follows the opening fence. */
export interface Fence {
  readonly info: string
  readonly text: string
  /** Of the opening fence, from 1. */
  readonly line: number
}

/** Blocks between three backquotes at the start of a line, in order. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = []
  let open: { readonly info: string; readonly line: number; readonly lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open === undefined) {
      if (line.startsWith('```')) open = { info: line.slice(3).trim(), line: index + 1, lines: [] }
    } else if (line.trimEnd() === '```') {
      fences.push({ info: open.info, line: open.line, text: open.lines.map((each) => `${each}\n`).join('') })
      open = undefined
    } else {
      open.lines.push(line)
    }
  }
  if (open !== undefined) throw new Error(`the block opened in line ${open.line} is not closed`)
  return fences
}

/** Targets of links and images, without those in fenced blocks and code spans. */
export function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '')
}

/** Names that a `#` link can point to, as GitHub makes them from headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6}\s+(.+)$/gm)
  return new Set(
    [...headings].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}
