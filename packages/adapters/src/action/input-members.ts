import type { JsonObject } from '@ice-runtime/kernel'

/** A text of a tool's input; undefined when it is absent, empty or something else. */
export function textOf(input: JsonObject, name: string): string | undefined {
  const value = input[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The same, with what stands for an absent one; undefined only for something else than text. */
export function textOr(input: JsonObject, name: string, fallback: string): string | undefined {
  return input[name] === undefined || input[name] === null ? fallback : textOf(input, name)
}

/** Bytes of all text in a value, which is what a tool could write of it. */
export function contentSizeBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, item) => sum + contentSizeBytes(item), 0)
}

/** Where a glob begins: `src/**` below `src`, `../*.ts` below `..`. It can say more than the directory it is given beside. */
export function globStart(pattern: string): string {
  const fixed: string[] = []
  for (const segment of pattern.split('/')) {
    if (/[*?[\]{}!]/.test(segment)) break
    fixed.push(segment)
  }
  const start = fixed.join('/')
  return start === '' && pattern.startsWith('/') ? '/' : start
}

/** A glob that climbs or names alternatives somewhere behind its start leads where its start does not say. */
export function globClimbs(pattern: string): boolean {
  return /(?:^|[/{,])\.\.(?:[/},]|$)/.test(pattern.slice(globStart(pattern).length))
}
