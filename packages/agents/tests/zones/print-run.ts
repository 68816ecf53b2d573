import { bundleAgent, openQuickjsPool, quickjsAgent } from '@ice-runtime/agents'

/** Prints everything an agent does that looks at time, randomness and locale in every way its engine offers. */
await using pool = await openQuickjsPool({ workers: 1 })
const source = `const loaded = [String(new Date()), Math.random()]
export default defineAgent({ name: 'zones', version: '1', requests: [], async run(input, ctx) {
  const now = new Date()
  const half = new Date(2026, 6, 15, 3, 4, 5)
  await ctx.propose('look', {
    loaded, now: String(now), iso: half.toISOString(), offset: half.getTimezoneOffset(), parsed: Date.parse('2026-07-15T03:04:05'),
    text: [now.toLocaleString(), now.toLocaleDateString(), now.toTimeString(), (1234567.891).toLocaleString()],
    upper: 'i\\u0131\\u00df'.toLocaleUpperCase(), sorted: ['z', '\\u00e4', 'a', '\\u0131', 'I'].sort((a, b) => a.localeCompare(b)),
    random: [Math.random(), Math.random()],
  })
} })`
const bundle = await bundleAgent({ source, file: 'zones.js' }, { pool })
const session = await quickjsAgent({ bundle, pool }).open(
  { input: null, seed: 'seed', at: 1_767_225_600_000, actions: [] },
  {
    propose: (proposal) => console.log(JSON.stringify([bundle.digest, proposal])),
    state: () => undefined,
    end: (end) => console.log(JSON.stringify(end)),
    log: () => undefined,
  },
)
await session.start()
await session.stop()
