import { malformedTerm } from '../authority/grant.ts'
import { isLower } from '../authority/labels.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand } from './commands.ts'
import type { Renewal } from './events.ts'
import { transitionFor, undoablePhases } from './phases.ts'
import type { PhaseEvent } from './phases.ts'
import { splitEntryId } from '../log/ids.ts'
import { deferredAsks } from './run.ts'
import { sourcesOf } from './revocation.ts'
import type { Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

/** Recoveries without progress before a run is no longer trusted to let its runtime live. */
export const maxRecoveries = 3

type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>

export function requestRun(command: Command<'RequestRun'>, run: Run): Decision {
  if (run.phase.name !== 'none') return rejected('run.phase', 'the run exists')
  const malformed = command.grants.findIndex((terms) => malformedTerm(terms) !== undefined)
  if (malformed !== -1) return rejected('grant.malformed', `grant ${malformed} of the request has a pattern or an amount that is none`)
  const { type: _type, at: _at, ...payload } = command
  return accepted({ type: 'RunRequested', origin: 'runtime', causes: [], payload })
}

/** Fixes what the run is made of, and turns the grants its request asked for into grants of its log. */
export function provision(command: Command<'CompleteProvisioning'>, run: Run): Decision {
  if (run.phase.name !== 'provisioning' || run.spec === undefined) return rejected('run.phase', `${run.phase.name} is not provisioning`)
  const { type: _type, at: _at, ...payload } = command
  const { agent, grants, principal } = run.spec
  const { parent } = run.spec
  const granted = grants.map((terms, index): NewEvent<'CapabilityGranted'> => {
    const [from] = parent?.lineage[index] ?? []
    const payload = { holder: agent.name, terms, by: principal.subject, ...(from === undefined ? {} : { parent: from }) }
    return { type: 'CapabilityGranted', origin: 'runtime', causes: [1], payload }
  })
  return accepted(...granted, { type: 'RunProvisioned', origin: 'runtime', causes: [run.seq], payload })
}

export function loadContext(command: Command<'LoadContext'>, run: Run): Decision {
  if (run.phase.name !== 'loading_context') return rejected('run.phase', `${run.phase.name} loads no context`)
  return accepted(
    { type: 'ContextLoaded', origin: 'runtime', causes: [run.seq], payload: { items: command.items } },
    { type: 'ExecutionStarted', origin: 'runtime', causes: [run.seq + 1], payload: {} },
  )
}

/** The agent is done. Its word ends nothing while actions are under way: the runtime asks again when they have ended. */
export function endAgent(command: Command<'EndAgent'>, run: Run): Decision {
  if (run.phase.name !== 'executing') return rejected('run.phase', `${run.phase.name} has no agent at work`)
  const { end } = command
  const causes = [run.lastOutcome]
  if (end.type === 'failed') {
    const { type: _type, ...payload } = end
    return accepted(
      { type: 'AgentFailed', origin: 'agent', causes, payload },
      { type: 'AbortStarted', origin: 'runtime', causes: [run.seq + 1], payload: { code: 'agent.failed', by: 'runtime' } },
    )
  }
  // What was imported without an outcome waits for none.
  if (run.spec?.imported !== true && run.open.size > run.deferred.length + deferredAsks(run).length)
    return rejected('run.actions_open', `${run.open.size - run.deferred.length} actions are under way`)
  return accepted(
    { type: 'OutputStated', origin: 'agent', causes, payload: { output: end.output } },
    { type: 'ValidationStarted', origin: 'runtime', causes: [run.seq + 1], payload: {} },
  )
}

/** The validators' word on the staged whole. One that failed aborts the run. */
export function validate(command: Command<'RecordValidation'>, run: Run): Decision {
  if (run.phase.name !== 'validating') return rejected('run.phase', `${run.phase.name} is not validating`)
  const { checks } = command
  const failed = checks.filter((check) => !check.passed).map((check) => check.name)
  if (failed.length === 0) return accepted({ type: 'ValidationPassed', origin: 'runtime', causes: [run.seq], payload: { checks } })
  return accepted(
    { type: 'ValidationFailed', origin: 'runtime', causes: [run.seq], payload: { checks } },
    {
      type: 'AbortStarted',
      origin: 'runtime',
      causes: [run.seq + 1],
      payload: { code: 'validation.failed', detail: failed.join(', '), by: 'runtime' },
    },
  )
}

export function suspendRun(command: Command<'SuspendRun'>, run: Run): Decision {
  if (transitionFor(run.phase.name, 'RunSuspended') === undefined) return rejected('run.phase', `${run.phase.name} cannot be suspended`)
  const payload = { cause: command.cause, code: command.code, ...(command.detail === undefined ? {} : { detail: command.detail }) }
  return accepted({ type: 'RunSuspended', origin: command.origin, causes: [run.seq], payload })
}

/**
 * Back to where it was suspended; an uncertain action must have been reconciled first. An operator who resumes a run does so under the
 * policy and the actions of now; the runtime resumes it under those it was provisioned with.
 */
export function resumeRun(command: Command<'ResumeRun'>, run: Run, view: AuthorityView): Decision {
  const renewed = command.origin === 'operator' ? renewal(run, view) : undefined
  const payload = { by: command.by, ...(renewed === undefined ? {} : { renewed }) }
  const resumed: NewEvent = { type: 'RunResumed', origin: command.origin, causes: [run.seq], payload }
  if (run.quarantined && run.phase.name !== 'terminated') return accepted(resumed)
  if (run.phase.name !== 'suspended') return rejected('run.phase', `${run.phase.name} is not suspended`)
  const uncertain = run.open.entries().find(([, open]) => open.stage.name === 'uncertain')
  if (uncertain !== undefined) return rejected('run.actions_open', `#${uncertain[0]} is uncertain and wants reconciling`)
  return accepted(resumed)
}

function renewal({ under }: Run, { policy, catalog }: AuthorityView): Renewal | undefined {
  if (under === undefined) return undefined
  const now = { policy: policy.digest, catalog: catalog ?? under.catalog }
  return now.policy === under.policy && now.catalog === under.catalog ? undefined : now
}

/** Found unfinished at a start. Too often without progress: ended before the commit point, set aside after it. */
export function recover(run: Run): Decision {
  const attempt = run.recoveries + 1
  const recovered: NewEvent = { type: 'RunRecovered', origin: 'runtime', causes: [run.seq], payload: { attempt } }
  if (run.phase.name === 'terminated' || run.phase.name === 'none') return rejected('run.phase', `${run.phase.name} needs no recovery`)
  if (attempt <= maxRecoveries) return accepted(recovered)
  const code = 'run.quarantined'
  if (undoablePhases.includes(run.phase.name)) {
    return accepted(recovered, { type: 'RunTerminatedByRuntime', origin: 'runtime', causes: [run.seq + 1], payload: { code } })
  }
  if (run.quarantined) return accepted()
  return accepted(recovered, { type: 'RunQuarantined', origin: 'runtime', causes: [run.seq + 1], payload: { code, attempts: attempt } })
}

export function tearDown(run: Run): Decision {
  if (run.phase.name !== 'tearing_down') return rejected('run.phase', `${run.phase.name} is not tearing down`)
  const { outcome, code } = run.phase
  const reason = code === undefined || code === '' ? {} : { code }
  const payload = { outcome, ...reason, steps: run.steps, refused: run.refused, cost: run.spent }
  return accepted({ type: 'RunTornDown', origin: 'runtime', causes: [run.seq], payload })
}

export function revokeGrant(command: Command<'RevokeGrant'>, run: Run): Decision {
  const known = run.grants.list.some((grant) => sourcesOf(grant, run).includes(command.grant))
  if (!known) return rejected('grant.not_found', `${command.grant} is no grant of this run`)
  const payload = { grant: command.grant, reason: command.reason }
  return accepted({ type: 'CapabilityRevoked', origin: 'operator', causes: [run.seq], payload })
}

/** More authority for a run at work: an operator's to give, and recorded as theirs. */
export function grantCapability(command: Command<'GrantCapability'>, run: Run): Decision {
  if (!undoablePhases.some((phase) => phase === run.phase.name) || run.under === undefined)
    return rejected('run.phase', `${run.phase.name} takes no grant`)
  if (run.grants.list.length >= maxGrants) return rejected('grant.malformed', `a run holds at most ${maxGrants} grants`)
  if (run.spec?.parent !== undefined) return rejected('run.child', 'a child holds what its parent lent it, and nothing else')
  const malformed = malformedTerm(command.terms)
  if (malformed !== undefined) return rejected('grant.malformed', `cannot be checked: ${malformed}`)
  const payload = { holder: run.spec?.agent.name ?? '', terms: command.terms, by: command.by }
  return accepted({ type: 'CapabilityGranted', origin: 'operator', causes: [run.seq], payload })
}

/** An operator's word that content may be seen by more, or believed more, than its label says. */
export function declassify(command: Command<'Declassify'>, run: Run): Decision {
  if (run.phase.name === 'none') return rejected('run.phase', 'there is no run')
  const { stream, seq } = splitEntryId(command.entry)
  if (stream !== run.id || seq > run.seq) return rejected('label.mismatch', `${command.entry} is no entry of this run`)
  if (command.from !== run.label) return rejected('label.mismatch', `the run's label is ${run.label}, not ${command.from}`)
  if (!isLower(command.to, command.from)) return rejected('label.mismatch', `${command.to} is not below ${command.from}`)
  if (command.reason.trim() === '') return rejected('label.mismatch', 'it is not said why')
  const { type: _type, at: _at, ...payload } = command
  return accepted({ type: 'LabelDeclassified', origin: 'operator', causes: [run.seq], payload })
}

/** Grants of one run: a decision looks at those of its action only, and a person reads all. */
export const maxGrants = 4096

export function startProvisioning(run: Run): Decision {
  return move(run, { type: 'ProvisioningStarted', origin: 'runtime', causes: [run.seq], payload: {} })
}

export function abortRun(command: Command<'AbortRun'>, run: Run): Decision {
  const payload = {
    code: command.code,
    by: command.by,
    ...(command.detail === undefined ? {} : { detail: command.detail }),
    ...(command.conflict === undefined ? {} : { conflict: command.conflict }),
  }
  return move(run, { type: 'AbortStarted', origin: command.origin, causes: [run.seq], payload })
}

export function terminateRun(command: Command<'TerminateRun'>, run: Run): Decision {
  const payload = { code: command.code, ...(command.detail === undefined ? {} : { detail: command.detail }) }
  return move(run, { type: 'RunTerminatedByRuntime', origin: 'runtime', causes: [run.seq], payload })
}

/** Accepts a phase event if the table has it from here. */
function move(run: Run, event: NewEvent & { readonly type: PhaseEvent }): Decision {
  if (transitionFor(run.phase.name, event.type) === undefined)
    return rejected('run.phase', `${event.type} does not follow ${run.phase.name}`)
  return accepted(event)
}
