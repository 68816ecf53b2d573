import type { Run } from '@ice-runtime/kernel'

/** A folded run as JSON shows it: maps as lists of their values, in key order. */
export function plainRun(run: Run): object {
  const values = <Value>(map: { entries(): readonly (readonly [string, Value])[] }): readonly Value[] =>
    map.entries().map(([, value]) => value)
  return {
    ...run,
    grants: run.grants.list,
    grantUses: Object.fromEntries(run.grantUses.entries()),
    children: Object.fromEntries(run.children.entries()),
    open: values(run.open),
    approvals: Object.fromEntries(run.approvals.entries()),
    staged: values(run.staged),
    reads: values(run.reads),
    left: run.left.entries().map(([key]) => Number(key)),
  }
}
