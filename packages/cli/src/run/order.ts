import { askControl } from '@ice-runtime/ice/control'
import type { ControlRequest } from '@ice-runtime/ice/control'
import { IceError } from '@ice-runtime/kernel'
import type { RunId, RunSummary } from '@ice-runtime/kernel'
import { dataOf, findRun, openRecord, runIdOf } from '../place.ts'
import { statusOf } from '../record/ps.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { followRun } from './follow-run.ts'

/** Longest wait to see a run end after its abort was recorded; it ends by itself, this is only about what is printed. */
const seeEndMs = 2000

/** The run an order names. Throws `run.ended` for one that takes no orders any more. */
export async function runToOrder({ args, options }: Invocation): Promise<RunId> {
  await using store = openRecord(options)
  const summary = findRun(store, args[0] ?? '')
  if (summary.phase === 'terminated') throw new IceError('run.ended', `${summary.run} has ended: ${statusOf(summary)}`)
  return runIdOf(summary)
}

/** True when a runtime that owns the directory took the order, durably; false when nobody owns it. Throws the fault it answered. */
export async function orderOwner(options: OptionValues, request: ControlRequest): Promise<boolean> {
  return (await askControl(dataOf(options), request)) !== undefined
}

/** Prints where the run is now; after an abort it is given a moment to get there. */
export async function tellOrdered(
  run: RunId,
  { options, awaitsEnd }: { readonly options: OptionValues; readonly awaitsEnd: boolean },
  terminal: Terminal,
): Promise<Exit> {
  await using store = openRecord(options)
  if (awaitsEnd) {
    const following = followRun(store.log, { id: run, from: 1 }, AbortSignal.timeout(seeEndMs))
    for await (const entry of following) if (entry.type === 'RunTornDown') break
  }
  tellStatus(findRun(store, run), terminal)
  return 'ok'
}

export function tellStatus(summary: RunSummary, { data, json }: Terminal): void {
  data.line(json ? JSON.stringify(summary) : `${data.paint('strong', summary.run)}  ${statusOf(summary)}`)
}
