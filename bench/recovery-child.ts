import { createIce } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import type { RecoveryResult } from './recovery.ts'
import { effects, startWaiting, steadyAgent } from './workload.ts'

/** `start DIR COUNT` ends by SIGKILL with that many runs in flight; `recover DIR COUNT` takes them up and prints how long it took. */
async function main(): Promise<void> {
  const [, , mode, directory = '', count = ''] = process.argv
  if (mode === 'start') return await dieAtWork(directory, Number(count))
  console.log(JSON.stringify(await takeUp(directory, Number(count))))
  // Its runs wait for what never answers.
  process.exit(0)
}

async function dieAtWork(directory: string, count: number): Promise<void> {
  const performed = counted(count)
  const { ice } = await openAt(directory, performed.hit)
  const agent = steadyAgent()
  for (let started = 0; started < count; started += startedAtOnce) {
    await Promise.all(Array.from({ length: Math.min(startedAtOnce, count - started) }, () => startWaiting(ice, agent)))
  }
  await performed.all
  process.kill(process.pid, 'SIGKILL')
}

/** Runs requested in one sync. */
const startedAtOnce = 64

async function takeUp(directory: string, count: number): Promise<RecoveryResult> {
  const performed = counted(count)
  const started = performance.now()
  const { ice } = await openAt(directory, performed.hit)
  const opened = performance.now()
  const { resumed, setAside } = await ice.recover()
  const recovered = performance.now()
  if (resumed.length !== count || setAside.length !== 0)
    throw new Error(`${resumed.length} of ${count} were taken up, ${setAside.length} set aside`)
  await performed.all
  return { openMs: opened - started, recoverMs: recovered - opened, againMs: performance.now() - opened }
}

async function openAt(directory: string, hit: () => void): Promise<{ readonly ice: Ice }> {
  return { ice: await createIce({ workspace: null, data: directory, effects: effects(hit), agents: [steadyAgent()] }) }
}

function counted(count: number): { readonly hit: () => void; readonly all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  return {
    hit: () => {
      left -= 1
      if (left === 0) resolve()
    },
    all: promise,
  }
}

await main()
