import type { Refusal } from '../authority/refusal.ts'
import { accepted, rejected } from './commands.ts'
import type { Decision, RunCommand } from './commands.ts'
import { isReport, outcomeEvent } from './decide-settlement.ts'
import type { Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>

/**
 * What a host did without leave: it is proposed, refused and reported in one, so that it is neither lost nor ever authorized.
 */
export function reportAction(command: Command<'ReportAction'>, run: Run): Decision {
  const { proposed, preparation, code, detail, settlement } = command
  if (run.spec?.imported === true) return rejected('run.phase', 'nothing is reported to a run that was imported')
  if (run.phase.name !== 'executing' && run.phase.name !== 'suspended') return rejected('run.phase', `${run.phase.name} hears no report`)
  if (proposed.performer !== 'host' || !isReport(settlement)) return rejected('action.not_host', 'only a host reports')
  const action = run.seq + 1
  const decided = preparation.type === 'prepared' ? { request: preparation.request, prepared: preparation.record } : {}
  const refused: NewEvent = {
    type: 'ActionRefused',
    origin: 'runtime',
    causes: [action],
    payload: { action, code, stage: 'phase', detail, ...decided, observed: true },
  }
  const causes = [run.lastOutcome]
  return accepted({ type: 'ActionProposed', origin: 'host', causes, payload: proposed }, refused, outcomeEvent(action, settlement, action))
}

/** A use of a tool as a host kept it. It gets no verdict: it was decided, if at all, by others and in the past. */
export function importAction({ proposed, settlement }: Command<'ImportAction'>, run: Run): Decision {
  if (run.spec?.imported !== true) return rejected('run.phase', 'only a run that was imported takes what a host kept')
  if (run.phase.name !== 'executing') return rejected('run.phase', `${run.phase.name} takes no import`)
  if (proposed.performer !== 'host' || proposed.atOnce !== undefined)
    return rejected('action.not_host', 'what is imported was done by a host')
  const action = run.seq + 1
  const imported: NewEvent = { type: 'ActionProposed', origin: 'import', causes: [run.seq], payload: proposed }
  if (settlement === undefined) return accepted(imported)
  if (!isReport(settlement)) return rejected('action.not_host', 'only what was reported is imported')
  return accepted(imported, { ...outcomeEvent(action, settlement, action), origin: 'import' })
}

/** What a host is allowed it does at once, so that it was handed over is part of the same decision. */
export function handedOver(answer: NewEvent, run: Run): readonly NewEvent[] {
  if (answer.type !== 'ActionAuthorized') return []
  const { action } = answer.payload
  return [{ type: 'ActionDispatched', origin: 'runtime', causes: [run.seq + 2], payload: { action, attempt: 1 } }]
}

/** A refusal that leaves a host to do it: it is only observed, or asks its own person. A lockdown stops those who are observed too. */
export function mayPassOver({ code, stage }: Pick<Refusal, 'code' | 'stage'>, run: Run): boolean {
  if (stage === 'lockdown') return false
  return run.spec?.observe === true || (stage === 'approval' && code === 'approval.required')
}
