/**
 * The contract's agents as one source each, for the kinds of host that run code. The function host evaluates the same text, so both
 * kinds are tested with the same agents.
 */
const header: string = `name: 'contract', version: '1.0.0', requests: [{ actions: ['test.ask'], resources: [] }]`

const ask: string = `const ask = (n) => ctx.propose('test.ask', { n }).catch((error) =>
  error.outcome === 'refused' ? { refused: error.code } : { failed: error.code, message: error.message.slice(error.code.length + 2) })`

export type CodeBehaviour = 'echo' | 'ask' | 'askFive' | 'flood' | 'crash' | 'loop' | 'hog' | 'stuck'

const bodies: Readonly<Record<CodeBehaviour, string>> = {
  echo: 'return input',
  ask: `${ask}; return await ask(0)`,
  askFive: `${ask}; return await Promise.all([0, 1, 2, 3, 4].map((n) => ask(n)))`,
  flood: `await Promise.all(Array.from({ length: 100_000 }, (_, n) => ctx.propose('test.ask', { n })))`,
  crash: `throw new RangeError('on purpose')`,
  loop: 'for (;;);',
  hog: 'const all = []; for (;;) all.push(new Array(10_000).fill(all.length))',
  stuck: 'await new Promise(() => {})',
}

export const codeBehaviours: readonly CodeBehaviour[] = Object.keys(bodies) as CodeBehaviour[]

/** A definition of an agent, as an expression. */
export function definitionSource(behaviour: CodeBehaviour): string {
  return `{ ${header}, async run(input, ctx) { ${bodies[behaviour]} } }`
}
