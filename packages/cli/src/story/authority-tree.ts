import { foldRun } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { GrantTerms, GrantUse, IceEntry, Run, RunId } from '@ice-runtime/kernel'

/** What a run may do, what it did with it, and what it lent: its grants, and below it those of its children. */
export interface AuthorityTree {
  readonly run: RunId
  readonly agent: string
  readonly version: string
  /** Its outcome once it has one, its phase until then. */
  readonly status: string
  readonly grants: readonly GrantNode[]
  /** Asked for and not given, in the order it was first asked for. */
  readonly refused: readonly RefusedUse[]
  readonly children: readonly AuthorityTree[]
}

export interface GrantNode {
  readonly id: number
  readonly terms: GrantTerms
  /** The grant of the parent that it is a part of. */
  readonly from?: string
  readonly revoked: boolean
  /** All that counts against the grant, what is lent of it included. */
  readonly use: Pick<GrantUse, 'count' | 'cost'>
  readonly lent: readonly { readonly child: RunId; readonly terms: GrantTerms; readonly returned: boolean }[]
  /** Uses of this run's own, by what they were about. */
  readonly used: readonly { readonly action: string; readonly resource: string; readonly count: number }[]
}

export interface RefusedUse {
  readonly action: string
  readonly resource: string
  readonly code: string
  readonly count: number
}

/** Builds the tree of a run from its entries. `read` gives those of a child, which may not have begun yet. */
export function authorityTree(entries: readonly IceEntry[], read: (child: RunId) => readonly IceEntry[]): AuthorityTree {
  const [first] = entries
  if (first?.type !== 'RunRequested' || first.stream === 'system') throw new IceError('integrity.broken', 'a run begins with its request')
  const run = foldRun(first.stream, entries)
  const { name, version } = first.payload.agent
  return {
    run: first.stream,
    agent: name,
    version,
    status: run.phase.name === 'terminated' ? run.phase.outcome : run.phase.name,
    grants: run.grants.list.map((grant) => grantNode(run, grant.id, entries)),
    refused: refusedUses(entries),
    children: entries.flatMap((entry) => (entry.type === 'ChildSpawned' ? [authorityTree(read(entry.payload.child), read)] : [])),
  }
}

function grantNode(run: Run, id: number, entries: readonly IceEntry[]): GrantNode {
  const grant = run.grants.get(id)
  if (grant === undefined) throw new IceError('integrity.broken', `#${id} is no grant of ${run.id}`)
  const { terms, parent, revoked } = grant
  const { count, cost } = run.grantUses.get(String(id)) ?? { count: 0, cost: {} }
  return {
    id,
    terms,
    ...(parent === undefined ? {} : { from: parent }),
    revoked,
    use: { count, cost },
    lent: entries.flatMap((entry) => {
      if (entry.type !== 'CapabilityDelegated' || entry.payload.grant !== id) return []
      const { child, terms: part } = entry.payload
      return [{ child, terms: part, returned: !run.children.has(child) }]
    }),
    used: usesOf(id, entries),
  }
}

function usesOf(grant: number, entries: readonly IceEntry[]): GrantNode['used'] {
  const counts = new Map<string, GrantNode['used'][number]>()
  for (const entry of entries) {
    if (entry.type !== 'ActionAuthorized' || entry.payload.grant !== grant) continue
    const action = nameOf(entry.payload.action, entries)
    for (const resource of entry.payload.prepared.resources) countIn(counts, { action, resource })
  }
  return [...counts.values()]
}

function refusedUses(entries: readonly IceEntry[]): readonly RefusedUse[] {
  const counts = new Map<string, RefusedUse>()
  for (const entry of entries) {
    if (entry.type !== 'ActionRefused') continue
    const { action: proposal, code, prepared } = entry.payload
    const action = nameOf(proposal, entries)
    for (const resource of prepared?.resources ?? ['']) countIn(counts, { action, resource, code })
  }
  return [...counts.values()]
}

function countIn<Counted extends object>(counts: Map<string, Counted & { readonly count: number }>, what: Counted): void {
  const key = JSON.stringify(what)
  counts.set(key, { ...what, count: (counts.get(key)?.count ?? 0) + 1 })
}

function nameOf(proposal: number, entries: readonly IceEntry[]): string {
  const proposed = entries[proposal - 1]
  return proposed?.type === 'ActionProposed' ? proposed.payload.action : ''
}
