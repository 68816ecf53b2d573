import { unspent } from '../authority/escrow.ts'
import type { Refusal } from '../authority/refusal.ts'
import type { Seq } from '../log/ids.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand } from './commands.ts'
import { maxDeferredActions } from './decide-proposal.ts'
import { hasChild, openAction } from './run.ts'
import type { Run } from './run.ts'
import { ceilingsLent, childrenRefusal, grantsLent } from './spawning.ts'
import type { NewEvent } from './taxonomy.ts'

type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>

/**
 * Lends to a child what was decided for it. Between that decision and this one the run may have used or lent what the child was to
 * get: then the action has failed, and nobody was started.
 */
export function spawnChild(command: Command<'SpawnChild'>, run: Run, view: AuthorityView): Decision {
  if (run.phase.name !== 'executing') return rejected('run.phase', `${run.phase.name} starts no child`)
  const { action, child, at } = command
  const stage = openAction(run, action)?.stage
  const spawn = stage?.name === 'authorized' ? stage.decided.prepared.spawn : undefined
  if (stage?.name !== 'authorized' || spawn === undefined || hasChild(run, action) || run.children.has(child))
    return rejected('child.not_spawnable', `#${action} starts no child now`)
  const failed = (code: string, message: string): Decision =>
    accepted({ type: 'ActionFailed', origin: 'runtime', causes: [stage.decided.verdict], payload: { action, code, message } })
  const limit: Pick<Refusal, 'code' | 'detail'> | undefined = childrenRefusal(run)
  if (limit !== undefined) return failed(limit.code, limit.detail)
  const lent = grantsLent(spawn, run, { view, at })
  if ('refused' in lent) return failed('grant.delegation', 'what it was to be lent is not there any more')
  const ceilings = ceilingsLent(spawn, run, { at })
  if (ceilings === undefined) return failed('budget.escrow', 'the run has not enough left for it any more')
  const spawned = run.seq + 1
  return accepted(
    { type: 'ChildSpawned', origin: 'runtime', causes: [stage.decided.verdict], payload: { action, child, ceilings } },
    ...lent.lendings.map(({ grant, terms }): NewEvent => ({
      type: 'CapabilityDelegated',
      origin: 'runtime',
      causes: [spawned],
      payload: { grant: grant.id, child, terms },
    })),
    {
      type: 'BudgetEscrowed',
      origin: 'runtime',
      causes: [spawned],
      payload: { child, cost: ceilings.cost, steps: ceilings.steps, ...(ceilings.calls === undefined ? {} : { calls: ceilings.calls }) },
    },
  )
}

/** Takes back from an ended child what it did not use, and takes over what it left to be done at the commit. */
export function endChild(command: Command<'EndChild'>, run: Run): Decision {
  const { child, outcome, code, conflict, used, left, spent, steps, calls, inherited } = command
  const known = run.children.get(child)
  if (known === undefined) return rejected('child.not_live', `${child} is no child at work`)
  if (run.deferred.length + inherited.length > maxDeferredActions)
    return rejected('limit.deferred_actions', `more than ${maxDeferredActions} effects would wait for the commit`)
  const ended = run.seq + 1
  const optional = {
    ...(code === undefined ? {} : { code }),
    ...(conflict === undefined ? {} : { conflict }),
    ...(left === undefined ? {} : { left }),
  }
  const cost = unspent(known.ceilings.cost, spent)
  const returned = { child, cost, spent, steps, calls }
  return accepted(
    { type: 'ChildEnded', origin: 'runtime', causes: [causeOf(run, known.action)], payload: { child, outcome, used, ...optional } },
    { type: 'BudgetReturned', origin: 'runtime', causes: [ended], payload: returned },
    ...inherited.map((inheritance): NewEvent => ({
      type: 'ActionInherited',
      origin: 'runtime',
      causes: [ended, inheritance.from],
      payload: { child, ...inheritance },
    })),
  )
}

function causeOf(run: Run, action: Seq): Seq {
  const stage = openAction(run, action)?.stage
  return stage !== undefined && 'decided' in stage ? stage.decided.verdict : run.seq
}
