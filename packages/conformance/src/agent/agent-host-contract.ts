import { describe, expect, test } from 'vitest'
import { canonicalize, isDigest } from '@ice-runtime/kernel'
import type { DeliveredOutcome, Json } from '@ice-runtime/kernel'
import { openStage } from './agent-stage.ts'
import type { AgentStage, AgentWorld } from './agent-stage.ts'

/**
 * Agents that each kind of host is tested with, by what they do. A success is answered with its result, anything else with what the
 * agent learned of it: `{ refused: code }`, `{ failed: code, message }`, `{ deferred: true, id }`.
 */
export interface AgentBehaviours {
  /** Completes with its input and proposes nothing. */
  readonly echo: AgentWorld
  /** Proposes `test.ask` with `{ n: 0 }` and completes with the answer. */
  readonly ask: AgentWorld
  /** Proposes `test.ask` with `{ n }` for 0 to 4 at once, and completes with the list of answers in that order. */
  readonly askFive: AgentWorld
  /** Proposes far more at once than any host allows. */
  readonly flood: AgentWorld
  /** Fails by itself. */
  readonly crash?: AgentWorld
  /** Never yields. */
  readonly loop?: AgentWorld
  /** Fills its memory without end. */
  readonly hog?: AgentWorld
  /** Waits for something that is not a proposal. */
  readonly stuck?: AgentWorld
}

export interface AgentHostContract {
  /** Asked for when the tests run. */
  readonly behaviours: () => AgentBehaviours
  /** Which behaviours there are: known before the tests run, and named as skipped where one is missing. */
  readonly has: readonly (keyof AgentBehaviours)[]
  /** The host promises that its agents are a function of start and deliveries. */
  readonly promisesReplay: boolean
}

const inputs: readonly Json[] = [null, 'text', '', 0, 1.5, true, [], {}, { 'a b': ['é', '\u0000', '\u{1f600}', { deep: [[[]]] }] }]
const outcomes: readonly (readonly [DeliveredOutcome, Json])[] = [
  [
    { type: 'succeeded', result: { text: 'naïve', list: [1, null] } },
    { text: 'naïve', list: [1, null] },
  ],
  [{ type: 'refused', code: 'grant.missing' }, { refused: 'grant.missing' }],
  [
    { type: 'failed', code: 'files.not_found', message: 'no such file' },
    { failed: 'files.not_found', message: 'no such file' },
  ],
  [
    { type: 'deferred', id: 'run_aaaaaaaaaaaa#7' },
    { deferred: true, id: 'run_aaaaaaaaaaaa#7' },
  ],
]

/** What the runtime relies on, whatever kind of agent it runs. */
export function agentHostContract(name: string, contract: AgentHostContract): void {
  describe(`${name} keeps the agent host contract`, () => {
    const behaviour = (which: keyof AgentBehaviours): AgentWorld => {
      const world = contract.behaviours()[which]
      if (world === undefined) throw new Error(`${name} has no agent that does ${which}`)
      return world
    }
    conversationLaws(behaviour)
    endingLaws(behaviour)
    if (contract.promisesReplay) replayLaws(behaviour)
    badAgentLaws(behaviour, contract)
  })
}

type Behaviour = (which: keyof AgentBehaviours) => AgentWorld

function conversationLaws(behaviour: Behaviour): void {
  test('an agent is named, versioned and identified by a digest', () => {
    const { identity, requests } = behaviour('echo').host
    expect([identity.name, identity.version].every((text) => text.length > 0)).toBe(true)
    expect(isDigest(identity.digest)).toBe(true)
    expect(identity.digest).not.toBe(behaviour('ask').host.identity.digest)
    expect(Array.isArray(requests)).toBe(true)
  })

  test.each(inputs.map((input) => [JSON.stringify(input), input] as const))('the input %s comes back as the output', async (_, input) => {
    const stage = await openStage(behaviour('echo'), { input })
    await stage.start()
    expect(stage.end()).toEqual({ type: 'completed', output: input })
    expect(stage.open()).toEqual([])
  })

  test.each(outcomes.map(([outcome, learned]) => [outcome.type, outcome, learned] as const))(
    'an agent learns of an action that %s, and no more',
    async (_, outcome, learned) => {
      const stage = await openStage(behaviour('ask'))
      await stage.start()
      const [asked] = stage.open()
      expect(asked?.message).toMatchObject({ action: 'test.ask', args: { n: 0 } })
      await stage.deliver(asked?.key ?? -1, outcome)
      expect(stage.end()).toEqual({ type: 'completed', output: learned })
    },
  )

  test('proposals are counted from 0 without gaps, and answers find theirs in any order', async () => {
    const stage = await openStage(behaviour('askFive'))
    await stage.start()
    await answerFive(stage, [3, 0, 4, 1, 2])
    expect(stage.end()).toEqual({ type: 'completed', output: [0, 1, 2, 3, 4].map((n) => ({ answer: n })) })
    const keys = stage.calls.filter((call) => call.type === 'propose').map(({ key }) => key)
    expect(keys).toEqual(keys.map((_, index) => index))
  })

  test('an answer to nothing, and a second answer, change nothing', async () => {
    const stage = await openStage(behaviour('askFive'))
    await stage.start()
    const [first] = stage.open()
    await stage.deliver(first?.key ?? -1, { type: 'succeeded', result: { answer: 0 } })
    await stage.deliver(first?.key ?? -1, { type: 'refused', code: 'grant.missing' })
    await stage.deliver(999, { type: 'refused', code: 'grant.missing' })
    await answerFive(stage, [0, 1, 2, 3])
    expect(stage.end()).toEqual({ type: 'completed', output: [0, 1, 2, 3, 4].map((n) => ({ answer: n })) })
  })

  test('sessions of one host know nothing of each other', async () => {
    const world = behaviour('askFive')
    const [one, two] = await Promise.all([openStage(world), openStage(world)])
    await Promise.all([one.start(), two.start()])
    await two.session.stop()
    await answerFive(one, [0, 0, 0, 0, 0])
    expect(one.end()?.type).toBe('completed')
    expect(two.end()).toBeUndefined()
  })
}

function endingLaws(behaviour: Behaviour): void {
  test('after its end an agent is not heard again, and ends once', async () => {
    const stage = await openStage(behaviour('ask'))
    await stage.start()
    const [asked] = stage.open()
    await stage.deliver(asked?.key ?? -1, { type: 'succeeded', result: 1 })
    const heard = stage.calls.length
    await stage.deliver(asked?.key ?? -1, { type: 'succeeded', result: 2 })
    await stage.session.stop()
    expect(stage.calls.length).toBe(heard)
    expect(stage.calls.filter((call) => call.type === 'end')).toHaveLength(1)
  })

  test('a stopped agent is not heard again, whatever is delivered, and can be stopped twice', async () => {
    const stage = await openStage(behaviour('ask'))
    await stage.start()
    const heard = stage.calls.length
    const [asked] = stage.open()
    await stage.session.stop()
    await stage.deliver(asked?.key ?? -1, { type: 'succeeded', result: 1 })
    await stage.session.stop()
    expect(stage.calls.length).toBe(heard)
  })

  test('an agent stopped before its start never starts', async () => {
    const stage = await openStage(behaviour('ask'))
    await stage.session.stop()
    await stage.start()
    expect(stage.calls).toEqual([])
  })
}

const replaySeeds = 1000

function replayLaws(behaviour: Behaviour): void {
  test(`what an agent does is a function of its deliveries, over ${replaySeeds} shuffled orders`, async () => {
    const world = behaviour('askFive')
    const seen = new Set<string>()
    for (let seed = 0; seed < replaySeeds; seed += 1) {
      const order = shuffledFive(seed)
      const play = async (): Promise<string> => {
        const stage = await openStage(world, { seed: `seed ${seed}` })
        await stage.start()
        await answerFive(stage, order)
        expect(stage.end()?.type).toBe('completed')
        return canonicalize(stage.calls as unknown as Json)
      }
      const [first, second] = await Promise.all([play(), play()])
      expect(second).toBe(first)
      seen.add(order.join())
    }
    expect(seen.size).toBeGreaterThan(100)
  }, 120_000)
}

function badAgentLaws(behaviour: Behaviour, contract: AgentHostContract): void {
  const { crash, loop, hog, stuck } = { crash: 'crash', loop: 'loop', hog: 'hog', stuck: 'stuck' } as const
  const has = (which: keyof AgentBehaviours): boolean => contract.has.includes(which)

  test('100,000 proposals at once end the agent with few of them handed on', async () => {
    const stage = await openStage(behaviour('flood'))
    await stage.start()
    expect(stage.end()).toMatchObject({ type: 'failed' })
    expect(stage.calls.length).toBeLessThan(10_000)
  })

  test.skipIf(!has(crash))('an error that an agent does not catch ends it, with message and stack', async () => {
    const stage = await openStage(behaviour(crash))
    await stage.start()
    expect(stage.end()).toMatchObject({
      type: 'failed',
      code: 'agent.crashed',
      message: expect.stringContaining('on purpose'),
      stack: expect.any(String),
    })
  })

  test.skipIf(!has(loop))('an agent that never yields is ended, and others go on', async () => {
    const [bad, good] = await Promise.all([openStage(behaviour(loop)), openStage(behaviour('ask'))])
    await Promise.all([bad.start(), good.start()])
    expect(bad.end()).toMatchObject({ type: 'failed', code: 'limit.exceeded' })
    await good.deliver(0, { type: 'succeeded', result: 1 })
    expect(good.end()).toEqual({ type: 'completed', output: 1 })
  })

  test.skipIf(!has(loop))('an agent that never yields can be stopped, and then says nothing', async () => {
    const stage = await openStage(behaviour(loop))
    const starting = stage.start()
    await stage.session.stop()
    await starting
    expect(stage.calls).toEqual([])
  })

  test.skipIf(!has(hog))('an agent that fills its memory is ended, and others go on', async () => {
    const [bad, good] = await Promise.all([openStage(behaviour(hog)), openStage(behaviour('ask'))])
    await Promise.all([bad.start(), good.start()])
    expect(bad.end()).toMatchObject({ type: 'failed', code: 'agent.crashed', message: expect.stringContaining('memory') })
    await good.deliver(0, { type: 'succeeded', result: 1 })
    expect(good.end()).toEqual({ type: 'completed', output: 1 })
  })

  test.skipIf(!has(stuck))('an agent that waits for what never comes is ended', async () => {
    const stage = await openStage(behaviour(stuck))
    await stage.start()
    expect(stage.end()).toMatchObject({ type: 'failed', code: 'agent.crashed', message: expect.stringContaining('waits for nothing') })
  })
}

/** Answers the open proposals; each place counts among those still open. */
async function answerFive(stage: AgentStage, order: readonly number[]): Promise<void> {
  for (const place of order) {
    const open = stage.open()
    const chosen = open[place % open.length]
    const args = (chosen?.message as { readonly args?: { readonly n?: number } } | undefined)?.args
    await stage.deliver(chosen?.key ?? -1, { type: 'succeeded', result: { answer: args?.n ?? null } })
  }
}

/** A permutation as places among what is left, from a small multiplicative generator. */
function shuffledFive(seed: number): readonly number[] {
  let state = seed * 2_654_435_761 + 1
  return [5, 4, 3, 2, 1].map((left) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % left
  })
}
