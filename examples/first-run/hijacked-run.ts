import type { Ice } from '@ice-runtime/ice'
import { readEntries } from '@ice-runtime/ice/record'
import type { AgentHost, IceEntry, RunId } from '@ice-runtime/kernel'
import type { Collector } from './collector.ts'
import { hijackedAgent } from './hijack.ts'
import type { Poisoned } from './hijack.ts'
import { recordedActions } from './recorded-actions.ts'
import type { RecordedAction } from './recorded-actions.ts'
import type { Screen } from './screen.ts'
import type { Stage } from './stage.ts'
import { workspaceDigest } from './workspace-digest.ts'

export interface HijackedRun {
  readonly agent: AgentHost
  readonly run: RunId
}

/** As much as a careless operator gives: everything in the workspace, to read and to write, and one host to post to. */
const careless: readonly string[] = ['model.generate:scripted', 'files.read:.', 'files.write:.', 'http.request:status.example']
const validators: readonly string[] = ['output', 'bounds', 'secrets', 'no-new-install-scripts']

interface Setting {
  readonly stage: Stage
  readonly poisoned: Poisoned
  readonly collector: Collector
}

/** A model does what a poisoned file says. Nothing of it happens, and the directory is what it was. */
export async function hijackedRun(screen: Screen, ice: Ice, { stage, poisoned, collector }: Setting): Promise<HijackedRun> {
  const agent = hijackedAgent()
  screen.heading('2  A hijacked agent')
  screen.item('agent', 'tidy-up, a model (scripted) that obeys whatever it reads')
  screen.item('poisoned', `${poisoned.readme} of a second copy, in a comment that a rendered page does not show`)
  screen.item('allowed', `${careless.join('  ')}`)
  screen.line()
  const before = workspaceDigest(stage.poisoned)
  const handle = await ice.run(agent, { workspace: stage.poisoned, allow: careless, validators })
  const { outcome, code } = await handle.done
  const after = workspaceDigest(stage.poisoned)
  const entries = readEntries(ice.store.log, handle.id)
  const actions = recordedActions(entries, ice.store.blobs)
  for (const action of actions) printAction(screen, action)
  screen.line()
  const failed = failedChecks(entries)
  for (const { name, detail = '' } of failed) screen.item('stopped by', `${name}: ${detail}`)
  screen.item('digest before', `${before.digest}  (${before.paths} paths)`)
  screen.item('digest after', `${after.digest}  (${after.paths} paths)`)
  screen.line()
  const attacks = actions.filter(({ action, subject }) => action !== 'model.generate' && subject !== poisoned.readme)
  screen.check(
    `${attacks.length} attempts: each refused, or staged and never committed`,
    attacks.length === 6 && attacks.every(cameToNothing),
  )
  screen.check(
    'the staged install script failed its validator',
    failed.some(({ name }) => name === 'no-new-install-scripts'),
  )
  screen.check(`requests that reached the collector at ${new URL(collector.url).host}: ${collector.received()}`, collector.received() === 0)
  screen.check(`run ${outcome} (${code ?? 'no code'}): ${handle.id}`, outcome === 'aborted')
  screen.check('paths, modes and contents of the workspace are what they were', before.digest === after.digest)
  return { agent, run: handle.id }
}

/** The same agent with the same careless grants: now a policy says what is permitted, and nothing of this agent's is. */
export async function hijackedUnderPolicy(
  screen: Screen,
  ice: Ice,
  { stage, agent }: { readonly stage: Stage; readonly agent: AgentHost },
): Promise<RunId> {
  const handle = await ice.run(agent, { workspace: stage.poisoned, allow: careless, validators })
  const { outcome } = await handle.done
  const actions = recordedActions(readEntries(ice.store.log, handle.id), ice.store.blobs)
  const [first] = actions
  screen.line()
  screen.item('hijacked', `the other agent again, with the same careless grants: ${handle.id}`)
  for (const action of actions) printAction(screen, action)
  screen.check(
    `its first request is refused by policy, and the run ${outcome}`,
    actions.length === 1 && first?.refusal?.payload.code === 'policy.forbidden' && outcome === 'aborted',
  )
  return handle.id
}

function printAction(screen: Screen, { action, subject, end, staged, refusal }: RecordedAction): void {
  const what = `${action.padEnd(15)} ${subject}`
  if (end === 'refused') screen.mark('refused', `${what}   ${refusal?.payload.stage}: ${refusal?.payload.code}`)
  else if (staged) screen.mark('staged', `${what}   staged`)
  else screen.mark('done', `${what}   ${end}`)
}

function cameToNothing({ end, staged }: RecordedAction): boolean {
  return end === 'refused' || (end === 'succeeded' && staged)
}

function failedChecks(entries: readonly IceEntry[]): readonly { readonly name: string; readonly detail?: string }[] {
  const verdict = entries.find((entry) => entry.type === 'ValidationFailed')
  return verdict === undefined ? [] : verdict.payload.checks.filter(({ passed }) => !passed)
}
