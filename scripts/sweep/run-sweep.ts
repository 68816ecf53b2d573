import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recoverAndJudge, treeAt } from './judge.ts'
import type { Judgement } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import { killedBefore } from './steps.ts'
import { makeFiles } from './world.ts'

/** One kill, and what came of it. */
export interface SweptPoint extends Judgement {
  readonly scenario: string
  /** Steps taken before the kill. */
  readonly index: number
  /** The step that was not taken. */
  readonly step: string
}

const program = fileURLToPath(new URL('killed-run.ts', import.meta.url))
/** Far beyond any scenario: a sweep that gets here does not end by itself. */
const maxPoints = 2000

/**
 * Kills a run before its step `first`, then before each `stride`th after it, until a run comes to its end unkilled. `atOnce` of
 * them are in the air, because a process spends half its life starting.
 */
export async function runSweep(
  scenario: Scenario,
  { stride, first = 0, atOnce = 2 }: { readonly stride: number; readonly first?: number; readonly atOnce?: number },
  onPoint: (point: SweptPoint) => void = () => undefined,
): Promise<readonly SweptPoint[]> {
  const trees = await treesOf(scenario)
  const points: SweptPoint[] = []
  let next = first
  let isOver = false
  const work = async (): Promise<void> => {
    while (!isOver) {
      const index = next
      next += stride
      if (index > maxPoints) throw new Error('the sweep did not end')
      const point = await killAt(scenario, index, trees)
      if (point === undefined) isOver = true
      else {
        points.push(point)
        onPoint(point)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return points.sort((left, right) => left.index - right.index)
}

interface Trees {
  readonly before: string
  readonly after: string
}

/** What the workspace is before, and after a run that nobody kills. */
async function treesOf(scenario: Scenario): Promise<Trees> {
  using directory = makeTop()
  const before = treeAt(directory.top)
  await runUntilKilled(directory.top, scenario, Number.MAX_SAFE_INTEGER)
  const after = treeAt(directory.top)
  if (before === after) throw new Error(`${scenario.name} changes nothing, so nothing could be seen to be lost`)
  return { before, after }
}

/** Undefined when the run ended before that step. */
async function killAt(scenario: Scenario, index: number, trees: Trees): Promise<SweptPoint | undefined> {
  using directory = makeTop()
  const wasKilled = await runUntilKilled(directory.top, scenario, index)
  if (!wasKilled) return undefined
  const judgement = await recoverAndJudge(directory.top, scenario, trees)
  return { scenario: scenario.name, index, step: killedBefore(directory.top) ?? 'unknown', ...judgement }
}

async function runUntilKilled(top: string, scenario: Scenario, stopAt: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=source', program, top, scenario.name, String(stopAt)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: Buffer[] = []
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  child.on('error', reject)
  child.on('close', (code, signal) => {
    if (signal === 'SIGKILL') resolve(true)
    else if (code === 0) resolve(false)
    else reject(new Error(`the run to be killed ended with ${code ?? signal}: ${Buffer.concat(said).toString()}`))
  })
  return await promise
}

function makeTop(): { readonly top: string } & Disposable {
  const top = fs.mkdtempSync(join(tmpdir(), 'ice-sweep-'))
  makeFiles(top)
  return { top, [Symbol.dispose]: () => fs.rmSync(top, { recursive: true, force: true }) }
}
