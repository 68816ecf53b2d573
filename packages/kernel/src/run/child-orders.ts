import type { AgentIdentity } from '../authority/agent-identity.ts'
import { lentUse } from '../authority/lending.ts'
import { entryId } from '../log/ids.ts'
import type { EntryId, RunId } from '../log/ids.ts'
import type { Recorded } from '../action/driver-port.ts'
import type { Inheritance, RunCommand } from './commands.ts'
import { sourcesOf } from './revocation.ts'
import { actionKey, openAction } from './run.ts'
import type { Run } from './run.ts'
import { callsTaken, stepsTaken } from './run-budget.ts'

type Untimed<Command> = Command extends unknown ? Omit<Command, 'at'> : never
type Order<Type extends RunCommand['type']> = Untimed<Extract<RunCommand, { type: Type }>>

/** The request of a child, as its parent's record has it once it was spawned: nothing of it is anybody's to choose but agent and input. */
export function childRequest(
  parent: Run,
  child: RunId,
  chosen: { readonly agent: AgentIdentity; readonly input: Recorded; readonly seed: string },
): Order<'RequestRun'> | undefined {
  const known = parent.children.get(child)
  const { spec } = parent
  if (known === undefined || spec === undefined) return undefined
  const { principal, workspace, workspacePath, validators } = spec
  return {
    type: 'RequestRun',
    principal,
    agent: chosen.agent,
    input: chosen.input,
    grants: known.lent.map(({ terms }) => terms),
    ceilings: known.ceilings,
    validators,
    seed: chosen.seed,
    ...(workspace === undefined ? {} : { workspace }),
    ...(workspacePath === undefined ? {} : { workspacePath }),
    parent: {
      run: parent.id,
      action: known.action,
      agents: [...(spec.parent?.agents ?? []), spec.agent.name],
      label: parent.label,
      lineage: known.lent.map(({ grant }) => lineageOf(parent, grant)),
    },
  }
}

function lineageOf(run: Run, id: number): readonly EntryId[] {
  const grant = run.grants.get(id)
  return grant === undefined ? [entryId(run.id, id)] : sourcesOf(grant, run)
}

/** What a parent records of a child that has ended, from the child's own record. */
export function childEnd(child: Run): Order<'EndChild'> | undefined {
  const { phase, spec } = child
  if (phase.name !== 'terminated' || spec?.parent === undefined) return undefined
  const { outcome, code, conflict } = phase
  const isMerged = outcome === 'merged'
  return {
    type: 'EndChild',
    child: child.id,
    outcome,
    ...(code === undefined || code === '' ? {} : { code }),
    ...(conflict === undefined ? {} : { conflict }),
    used: spec.grants.map((_terms, index) => lentUse(child.grantUses.get(String(child.grants.list[index]?.id ?? 0)))),
    ...(child.left.size === 0 ? {} : { left: child.left.size }),
    spent: child.spent,
    steps: stepsTaken(child),
    calls: callsTaken(child),
    inherited: isMerged ? child.deferred.flatMap((action) => inheritanceOf(child, action)) : [],
  }
}

/** The first grants of a child are those it was lent, in the order of its request, and the one a lent grant came from is its parent's. */
function inheritanceOf(child: Run, action: number): readonly Inheritance[] {
  const open = openAction(child, action)
  if (open?.stage.name !== 'deferred') return []
  const { request, grant, prepared, approved } = open.stage.decided
  const above = child.grants.get(grant)?.parent
  if (above === undefined) return []
  return [
    {
      from: actionKey(child, open),
      action: open.name,
      args: open.args,
      request,
      grant: Number(above.slice(above.indexOf('#') + 1)),
      prepared,
      ...(approved === undefined ? {} : { approved: approved.obligations }),
    },
  ]
}
