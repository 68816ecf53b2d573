import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainGrant } from '@ice-runtime/conformance'
import { defaultCeilings } from '@ice-runtime/runtime'
import { maxIdenticalRepeats } from '@ice-runtime/kernel'
import type { AgentContext } from '@ice-runtime/agents'
import type { RunId } from '@ice-runtime/kernel'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place, Process } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

/** Asks for the same thing until it has been answered so often, whatever the answer. */
async function insist(context: AgentContext, times: number, args: object): Promise<string[]> {
  const answers: string[] = []
  while (answers.length < times) {
    try {
      await context.propose('files.read', args)
      answers.push('succeeded')
    } catch (error) {
      answers.push(error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
    }
  }
  return answers
}

function suspensionOf(process: Process, run: RunId): unknown {
  return process.entries(run).findLast(({ type }) => type === 'RunSuspended')?.payload
}

function proposalsOf(process: Process, run: RunId): readonly number[] {
  return process.entries(run).flatMap(({ type, seq }) => (type === 'ActionProposed' ? [seq] : []))
}

describe('an agent that insists', () => {
  test.each([
    ['refused', { path: 'b.txt' }, [{ ...plainGrant, resources: ['file:a.txt'] }]],
    ['failed', { path: 'missing.txt' }, [plainGrant]],
    ['succeeded', { path: 'a.txt' }, [plainGrant]],
  ] as const)(
    'on what was %s in the same way is held, with every time it asked, until a person lets it go on',
    async (how, args, grants) => {
      place.write('a.txt', 'a')
      const process = place.open()
      const agent = agentOf((context) => insist(context, maxIdenticalRepeats + 2, args))
      const run = await process.start(agent, { grants })
      await until(process, run.id, 'RunSuspended')
      const asked = proposalsOf(process, run.id)
      expect(asked).toHaveLength(maxIdenticalRepeats)
      expect(suspensionOf(process, run.id)).toEqual({
        cause: 'repetition',
        code: 'limit.repeated',
        detail: `the same request had the same answer (${how}) ${maxIdenticalRepeats} times: ${asked.map((seq) => `#${seq}`).join(', ')}`,
      })
      await process.runtime.resume(run.id, { by: 'a person' })
      expect(await run.done).toMatchObject({ outcome: 'committed' })
      expect(await findings(process)).toEqual([])
    },
  )

  test('is not held when the answers differ', async () => {
    const process = place.open()
    const agent = agentOf(async (context) => {
      for (let index = 0; index < maxIdenticalRepeats * 2; index += 1) {
        await context.propose('files.write', { path: 'count.txt', content: String(index) })
        await context.propose('files.read', { path: 'count.txt' })
      }
    })
    expect(await (await process.start(agent)).done).toMatchObject({ outcome: 'committed' })
  })
})

test('a run is allowed as many calls as it may have, and each refusal after them says so', async () => {
  place.write('a.txt', 'a')
  const process = place.open()
  const agent = agentOf((context) => insist(context, 5, { path: 'a.txt' }))
  const run = await process.start(agent, { ceilings: { ...defaultCeilings, calls: 3 } })
  const refusal = 'budget.calls'
  expect(await run.done).toMatchObject({ outcome: 'committed', output: ['succeeded', 'succeeded', 'succeeded', refusal, refusal] })
  expect(await findings(process)).toEqual([])
})
