import { readFileSync } from 'node:fs'
import { sha256 } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { policyBytes, policyDigest } from '@ice-runtime/ice/policy'
import type { PolicyBundle } from '@ice-runtime/ice/policy'
import { readEntries, readStanding } from '@ice-runtime/ice/record'
import { decodeEntry, entryId } from '@ice-runtime/kernel'
import type { AgentHost, IceEntry, RunId } from '@ice-runtime/kernel'
import { runIce } from './ice-command.ts'
import { proposePolicy } from './policy-proposal.ts'
import type { Screen } from './screen.ts'
import type { Stage } from './stage.ts'

/** Longest wait for a run to ask: it does what it did before, and that took a second. */
const maxWaitMs = 60_000
/** Any interval keeps a process alive: a run that waits for a person does not. */
const stayingMs = 1000

export interface Governed {
  readonly stage: Stage
  /** The run whose policy it is. */
  readonly run: RunId
  readonly agent: AgentHost
  /** All that it is granted: the least it needed. */
  readonly allow: readonly string[]
  /** What it left, and has to leave again. */
  readonly files: readonly string[]
}

/** A policy from what the honest run did; the same agent again under it, held until somebody in another process has agreed. */
export async function governedRun(screen: Screen, ice: Ice, governed: Governed): Promise<RunId> {
  const { stage, run, agent, allow, files } = governed
  screen.heading('3  A policy, and somebody who answers')
  await adopt(screen, ice, proposePolicy(screen, ice, { run, place: stage.policy }))
  await nameOperator(screen, ice, stage)
  screen.line()
  const before = contents(files)
  const from = ice.store.log.lastPosition() + 1
  const again = await ice.run(agent, { workspace: stage.workspace, allow })
  await untilHeld(ice, again.id, from)
  const asked = readEntries(ice.store.log, again.id).find((entry) => entry.type === 'ApprovalRequested')
  screen.item('again', `the same agent with these ${allow.length} allowances and no more: ${again.id}`)
  screen.check(
    `it is held: the policy asks ${people(asked)} about ${asked?.payload.prepared.resources.join() ?? 'nothing'}`,
    asked !== undefined && readEntries(ice.store.log, again.id).at(-1)?.type === 'RunSuspended',
  )
  const isAnswered = asked !== undefined && (await answer(screen, { stage, asked }))
  // Nobody is waited for in vain: what was not answered would be held for as long as it may take.
  if (!isAnswered && !hasEnded(ice, again.id)) await ice.runtime.abort(again.id, { by: ice.principal.subject })
  const { outcome } = await again.done
  const entries = readEntries(ice.store.log, again.id)
  const isApproved = entries.some((entry) => entry.type === 'ActionAuthorized' && entry.payload.approval === asked?.seq)
  screen.check(
    `it went on and ${outcome} the same files again: ${again.id}`,
    outcome === 'committed' && isApproved && contents(files) === before,
  )
  return again.id
}

async function adopt(screen: Screen, ice: Ice, bundle: PolicyBundle): Promise<void> {
  const digest = policyDigest(bundle, sha256)
  await ice.order({ method: 'adoptPolicy', policy: new TextDecoder().decode(policyBytes(bundle)) })
  screen.item('adopted', digest)
  screen.check('the record says that this policy is in force, by its digest', readStanding(ice.store.log).system.policy === digest)
}

/** The key is made by the other process: this one, which runs the agents, never has it. */
async function nameOperator(screen: Screen, ice: Ice, { workspace, data, key }: Stage): Promise<void> {
  const added = await runIce(['operators', 'add', 'Ada', '--role', 'ops', '--key', key, '--workspace', workspace, '--data', data])
  const operators = [...readStanding(ice.store.log).system.operators.keys()]
  screen.item('operator', `Ada, one of ops, whose Ed25519 key process ${added.pid} has just made`, key)
  screen.check('her public key is on record', added.exitCode === 0 && operators.length === 1 && operators[0] === added.said['subject'])
}

type Asked = Extract<IceEntry, { type: 'ApprovalRequested' }>

function people(asked: Asked | undefined): string {
  return asked?.payload.obligations.map(({ count, from }) => `${count} of ${from}`).join() ?? 'nobody'
}

interface Question {
  readonly stage: Stage
  readonly asked: Asked
}

async function answer(screen: Screen, { stage: { workspace, data, key }, asked }: Question): Promise<boolean> {
  const question = entryId(asked.stream, asked.seq)
  const args = ['approvals', 'approve', question, '--key', key, '--comment', 'read it', '--workspace', workspace, '--data', data]
  const { pid, exitCode, said, stderr } = await runIce(args)
  screen.item(
    'answered',
    `ice approvals approve ${question} --comment "read it"`,
    `in process ${pid}; the agents run in process ${process.pid}`,
  )
  if (exitCode !== 0) screen.line(stderr)
  screen.check(
    `approved by Ada, signed with her key: ${String(said['verdict'])}`,
    exitCode === 0 && pid !== process.pid && said['verdict'] === 'allowed',
  )
  return exitCode === 0
}

function hasEnded(ice: Ice, run: RunId): boolean {
  return readEntries(ice.store.log, run).some(({ type }) => type === 'RunTornDown')
}

/** Resolves once the run waits for somebody, or has ended. */
async function untilHeld(ice: Ice, run: RunId, from: number): Promise<void> {
  const staying = setInterval(() => undefined, stayingMs)
  try {
    for await (const page of ice.store.log.follow(from, AbortSignal.timeout(maxWaitMs))) {
      const types = page.filter(({ stream }) => stream === run).map((stored) => decodeEntry(stored).type)
      if (types.includes('RunSuspended') || types.includes('RunTornDown')) return
    }
  } finally {
    clearInterval(staying)
  }
}

function contents(files: readonly string[]): string {
  return files.map((file) => readFileSync(file, 'utf8')).join('\0')
}
