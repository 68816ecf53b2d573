import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentEnd, AgentHost, AgentSession, AgentStart, AgentStatement, Json } from '@ice-runtime/kernel'
import { bundleAgent } from './bundle-agent.ts'
import { openQuickjsPool } from '../quickjs/pool.ts'
import type { QuickjsPool } from '../quickjs/pool.ts'
import { quickjsAgent } from './quickjs-agent.ts'

let pool: QuickjsPool
beforeAll(async () => {
  pool = await openQuickjsPool({ workers: 1, maxTicksPerTurn: 2000 })
})
afterAll(() => pool[Symbol.asyncDispose]())

interface Heard {
  readonly session: AgentSession
  readonly messages: unknown[]
  readonly statements: AgentStatement[]
  readonly logs: string[]
  readonly ends: AgentEnd[]
}

async function hostOf(body: string, top = '', from: QuickjsPool = pool): Promise<AgentHost> {
  const source = `${top}\nexport default defineAgent({ name: 'a', version: '1', requests: [], async run(input, ctx) {\n${body}\n} })`
  return quickjsAgent({ bundle: await bundleAgent({ source, file: 'agent.ts' }, { pool: from }), pool: from })
}

async function begin(host: AgentHost, start: Partial<AgentStart> = {}): Promise<Heard> {
  const heard = { messages: [] as unknown[], statements: [] as AgentStatement[], logs: [] as string[], ends: [] as AgentEnd[] }
  const session = await host.open(
    { input: null, seed: 's', at: 1000, actions: [], ...start },
    {
      propose: ({ message }) => void heard.messages.push(message),
      state: (statement) => void heard.statements.push(statement),
      end: (end) => void heard.ends.push(end),
      log: (level, text) => void heard.logs.push(`${level} ${text}`),
    },
  )
  await session.start()
  return { session, ...heard }
}

async function outputOf(body: string, top = ''): Promise<Json | undefined> {
  const { ends } = await begin(await hostOf(body, top))
  expect(ends).toMatchObject([{ type: 'completed' }])
  return ends[0]?.type === 'completed' ? ends[0].output : undefined
}

test('an agent finds no way out of its realm in its global scope', async () => {
  const names = [
    'fetch',
    'setTimeout',
    'setInterval',
    'process',
    'require',
    'WebAssembly',
    'Intl',
    'XMLHttpRequest',
    'Deno',
    'Bun',
    'std',
    'os',
    'print',
    'scriptArgs',
    'Atomics',
    'Worker',
    'navigator',
  ]
  expect(await outputOf(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([])
})

test('an agent can import nothing that was not bundled with it', async () => {
  const tries = ['node:fs', 'fs', 'std', 'os', './agent.js', 'https://example.org/a.js', 'data:text/javascript,export default 1']
  const code = `const learned = []; for (const name of input) learned.push(await eval('import(name)').then(() => name, () => 'no')); return learned`
  const { ends } = await begin(await hostOf(code), { input: tries })
  expect(ends).toEqual([{ type: 'completed', output: tries.map(() => 'no') }])
})

test('time is that of the start and then of the last delivery', async () => {
  const { session, ends } = await begin(
    await hostOf(
      `const first = [Date.now(), +new Date(), performance.now()]; await ctx.propose('a.b'); return [...first, Date.now(), new Date().getTime()]`,
    ),
  )
  await session.deliver({ key: 0, at: 2500, outcome: { type: 'succeeded', result: null } })
  expect(ends).toEqual([{ type: 'completed', output: [1000, 1000, 1000, 2500, 2500] }])
})

test('local time is UTC and text does not depend on a locale', async () => {
  const output = await outputOf(
    `const d = new Date(Date.UTC(2026, 6, 1, 12)); return [d.getTimezoneOffset(), d.getHours(), d.toString(), (1234.5).toLocaleString(), new Date(2026, 0, 1).toISOString(), ['ä', 'z'].sort((a, b) => a.localeCompare(b))]`,
  )
  expect(output).toEqual([0, 12, 'Wed Jul 01 2026 12:00:00 GMT+0000', '1234.5', '2026-01-01T00:00:00.000Z', ['z', 'ä']])
})

test('randomness is a function of the seed, also where a module draws while it loads', async () => {
  const draw = async (seed: string): Promise<unknown> =>
    (await begin(await hostOf('return [first, Math.random(), Math.random()]', 'const first = Math.random()'), { seed })).ends
  const [one, again, other] = [await draw('one'), await draw('one'), await draw('other')]
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
  const [{ output }] = one as [{ readonly output: readonly number[] }]
  expect(new Set(output).size).toBe(3)
  expect(output.every((draw) => draw >= 0 && draw < 1)).toBe(true)
})

test('what a module does while it loads is done for each session', async () => {
  const host = await hostOf('count += 1; return [count, loadedAt]', 'let count = 0; const loadedAt = Date.now()')
  const first = await begin(host, { at: 1 })
  const second = await begin(host, { at: 2 })
  expect([first.ends, second.ends]).toMatchObject([[{ output: [1, 1] }], [{ output: [1, 2] }]])
})

test('nothing that one session does to its realm reaches another', async () => {
  const host = await hostOf('globalThis.mark ??= 0; globalThis.mark += 1; Array.prototype.push = () => 0; return globalThis.mark')
  for (let turn = 0; turn < 3; turn += 1) expect((await begin(host)).ends).toMatchObject([{ output: 1 }])
})

test('an agent that tampers with its built-ins changes nothing but its own results', async () => {
  const tamper = `JSON.stringify = () => '"forged"'; Array.prototype[Symbol.iterator] = null; Object.prototype.resolve = 1; String.prototype.slice = () => ''; Map.prototype.get = () => 1`
  const { session, messages, ends } = await begin(
    await hostOf(`${tamper}; const seen = await ctx.propose('a.b', { x: 1 }); return { seen }`),
  )
  expect(messages).toEqual([{ action: 'a.b', args: { x: 1 } }])
  await session.deliver({ key: 0, at: 1, outcome: { type: 'succeeded', result: 7 } })
  expect(ends).toEqual([{ type: 'completed', output: { seen: 7 } }])
})

test('what cannot be written as JSON is still proposed, as a text that says so', async () => {
  const { messages, session, ends } = await begin(
    await hostOf(`const loop = {}; loop.loop = loop; try { await ctx.propose('a.b', loop) } catch (error) { return error.code }`),
  )
  expect(messages).toEqual([expect.stringContaining('not JSON')])
  await session.deliver({ key: 0, at: 1, outcome: { type: 'refused', code: 'proposal.malformed' } })
  expect(ends).toEqual([{ type: 'completed', output: 'proposal.malformed' }])
})

test.each([
  ['nesting of 200,000', `let deep = {}; for (let n = 0; n < 200_000; n += 1) deep = { deep }; await ctx.propose('a.b', deep)`],
  ['calls without end', 'const f = () => f() + 1; f()'],
  ['a source nested without end', `eval('('.repeat(200_000))`],
  ['text that grows without end', `let text = 'x'; for (;;) text += text`],
])('%s ends one session and leaves the thread to the others', async (_, body) => {
  const { ends, session } = await begin(await hostOf(body))
  if (ends.length === 0) await session.deliver({ key: 0, at: 1, outcome: { type: 'refused', code: 'proposal.malformed' } })
  expect(ends).toMatchObject([{ type: 'failed' }])
  expect(await outputOf('return 1')).toBe(1)
})

test('logs and statements are handed over in their order, and logs are bounded', async () => {
  const { logs, statements, ends } = await begin(
    await hostOf(
      `console.warn('a', { b: 1 }, new Error('c')); ctx.state('plan', { steps: 1 }); ctx.state('uncertainty', 'u'); for (let n = 0; n < 1000; n += 1) console.log('x'.repeat(1000))`,
    ),
  )
  expect(logs[0]).toBe('warn a {"b":1} Error: c')
  expect(logs.length).toBeLessThan(100)
  expect(statements).toEqual([
    { type: 'PlanStated', payload: { steps: 1 } },
    { type: 'UncertaintyDeclared', payload: 'u' },
  ])
  expect(ends).toEqual([{ type: 'completed', output: null }])
})

test('an error names the line of the author, not of the bundle', async () => {
  const { ends } = await begin(
    await hostOf('inner()', 'interface Typed { readonly a: string }\n\nfunction inner(): never {\n  throw new TypeError("here")\n}'),
  )
  expect(ends).toEqual([
    { type: 'failed', code: 'agent.crashed', message: 'TypeError: here', stack: expect.stringContaining('at inner (agent.ts:4:') },
  ])
})

test('members reach an agent in one order, whatever order they were given in', async () => {
  const host = await hostOf('return Object.keys(input).join()')
  expect((await begin(host, { input: { b: 1, a: 2 } })).ends).toEqual((await begin(host, { input: { a: 2, b: 1 } })).ends)
})

test('when a thread has to be ended, the sessions beside the guilty one go on where they were', async () => {
  await using own = await openQuickjsPool({ workers: 1, turnDeadlineMs: 3000 })
  const good = await begin(
    await hostOf(
      `const a = await ctx.propose('a.b'); const r = Math.random(); const b = await ctx.propose('a.c'); return [a, b, Math.random() !== r, Date.now()]`,
      '',
      own,
    ),
  )
  await good.session.deliver({ key: 0, at: 5, outcome: { type: 'succeeded', result: 'one' } })
  // One built-in call that makes no ticks.
  const bad = await begin(await hostOf(`return 'x'.repeat(2_000_000).indexOf('x'.repeat(1_000_000) + 'y')`, '', own))
  expect(bad.ends).toMatchObject([{ type: 'failed', code: 'agent.crashed', message: expect.stringContaining('too long') }])
  await good.session.deliver({ key: 1, at: 6, outcome: { type: 'succeeded', result: 'two' } })
  expect(good.messages).toEqual([
    { action: 'a.b', args: {} },
    { action: 'a.c', args: {} },
  ])
  expect(good.ends).toEqual([{ type: 'completed', output: ['one', 'two', true, 6] }])
})

test('a stopped turn that makes no ticks does not hold up the other sessions of its thread', async () => {
  await using own = await openQuickjsPool({ workers: 1, turnDeadlineMs: 600_000 })
  const stuck = await hostOf(`return 'x'.repeat(2_000_000).indexOf('x'.repeat(1_000_000) + 'y')`, '', own)
  const good = await hostOf('return 1', '', own)
  const silent = { propose: () => undefined, state: () => undefined, end: () => undefined, log: () => undefined }
  const session = await stuck.open({ input: null, seed: 's', at: 0, actions: [] }, silent)
  const starting = session.start()
  const going = begin(good)
  await session.stop()
  await starting
  expect((await going).ends).toEqual([{ type: 'completed', output: 1 }])
})
