/** A node of the ESTree that the parser returns. Members are looked up by name and checked where they are used. */
export interface SyntaxNode {
  readonly type: string
  /** Offset in UTF-16 code units. */
  readonly start: number
  readonly [member: string]: unknown
}

export type Visit = (node: SyntaxNode, parent: SyntaxNode | undefined, key: string) => void

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
}

/** Calls `visit` for every node under `root`, parents first. An explicit stack, so that deep source cannot end the walk. */
export function walk(root: unknown, visit: Visit): void {
  const pending: { readonly value: unknown; readonly parent: SyntaxNode | undefined; readonly key: string }[] = [
    { value: root, parent: undefined, key: '' },
  ]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, parent, key } = next
    if (Array.isArray(value)) {
      for (const item of (value as readonly unknown[]).toReversed()) pending.push({ value: item, parent, key })
    } else if (isNode(value)) {
      visit(value, parent, key)
      for (const [name, member] of Object.entries(value).toReversed()) {
        if (typeof member === 'object' && member !== null) pending.push({ value: member, parent: value, key: name })
      }
    }
  }
}
