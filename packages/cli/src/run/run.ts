import { createIce } from '@ice-runtime/ice'
import type { Ice, RunOptions } from '@ice-runtime/ice'
import { defaultCeilings, describeTerms, readPrices } from '@ice-runtime/ice/record'
import { IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { AgentHost, Ceilings, GrantTerms, Json } from '@ice-runtime/kernel'
import { dataOf, placeText, workspaceOf } from '../place.ts'
import { runSummaries } from '../record/run-summaries.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import { loadAgent, readText } from './load-agent.ts'
import { openModels } from './models.ts'
import { declaredSecrets, givenSecrets } from './secrets.ts'
import { listenForSignals } from './signals.ts'
import { foldNow, tellEnd } from './tell-end.ts'
import { watchAndAsk } from './watch-and-ask.ts'

/** `ice run` */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const [file = ''] = args
  const given = { input: inputOf(options), ceilings: ceilingsOf(options), ...seedOf(options) }
  const models = openModels(options.list('model'), { environment: process.env, declared: declaredSecrets(options) })
  using signals = listenForSignals()
  const ice = await openIce(options, { models: models.providers, secrets: models.secrets, terminal })
  try {
    const grants = options.list('allow').map(ice.terms)
    const parts = { quickjs: ice.quickjs, model: models.first }
    for (const other of options.list('agent')) ice.offer(await loadAgent(other, parts))
    const agent = await loadAgent(file, parts)
    tellUnfinished(ice, terminal)
    tellGrants(agent, grants, terminal)
    const from = ice.store.log.lastPosition() + 1
    const handle = await ice.run(agent, { ...given, grants })
    if (!terminal.json) terminal.talk.line(`${terminal.talk.paint('faint', 'run')}     ${handle.id}`)
    const watched = await watchAndAsk({ ice, handle, from, signals }, options, terminal)
    return tellEnd(
      watched,
      { ice, run: handle.id, folded: foldNow(ice, handle.id), strict: options.flag('strict'), place: placeText(options) },
      terminal,
    )
  } finally {
    await ice.close('suspend')
  }
}

export interface IceParts {
  readonly models: ReturnType<typeof openModels>['providers']
  /** Beside those that the options declare. */
  readonly secrets?: ReturnType<typeof openModels>['secrets']
  readonly terminal: Terminal
}

/** The runtime of a command: it owns the data directory until it ends, and other commands reach it through the control socket. */
export async function openIce(options: OptionValues, { models, secrets = [], terminal }: IceParts): Promise<Ice> {
  const prices = options.text('prices')
  return await createIce({
    workspace: workspaceOf(options),
    data: dataOf(options),
    models,
    secrets: [...givenSecrets(options), ...secrets],
    scrubber: terminal.scrubber,
    ...(prices === undefined ? {} : { prices: readPrices(prices).models }),
    control: true,
    onAgentLog: (_run, level, text) => {
      if (!terminal.json) terminal.talk.line(terminal.talk.paint('faint', `  agent ${level}: ${visible(text, maxLogChars)}`))
    },
  })
}

/** Longest line of an agent's own log that is shown. */
const maxLogChars = 500

function inputOf(options: OptionValues): Json {
  const given = options.text('input')
  if (given === undefined) return null
  const text = given.startsWith('@') ? readText(given.slice(1)) : given
  try {
    return parseStrictJson(text)
  } catch (cause) {
    throw new IceError('usage.invalid', `--input is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      hint: `text is JSON in quotes: --input '"text"'`,
    })
  }
}

/** What a run may cost at most, by the option that says so. */
const costOptions = [
  ['tokens', 'tokens'],
  ['moneyMicro', 'moneyMicro'],
  ['bytes', 'sizeBytes'],
  ['computeMs', 'computeMs'],
] as const

function ceilingsOf(options: OptionValues): Partial<Ceilings> {
  const [steps, calls, wallMs] = [options.amount('steps'), options.amount('calls', 0), options.amount('wallMs')]
  const cost = costOptions.flatMap(([option, dimension]) => {
    const most = options.amount(option, 0)
    return most === undefined ? [] : [[dimension, most] as const]
  })
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(calls === undefined ? {} : { calls }),
    ...(wallMs === undefined ? {} : { wallMs }),
    cost: { ...defaultCeilings.cost, ...Object.fromEntries(cost) },
  }
}

function seedOf(options: OptionValues): Pick<RunOptions, 'seed'> {
  const seed = options.text('seed')
  return seed === undefined ? {} : { seed }
}

/** What it may do, in words, before it does anything. What it asks for and is not given is said too: a request is never a grant. */
function tellGrants(agent: AgentHost, grants: readonly GrantTerms[], { talk, json }: Terminal): void {
  if (json) return
  const { name, version, kind } = agent.identity
  talk.line(`${talk.paint('faint', 'agent')}   ${visible(name)} ${visible(version)} (${kind})`)
  if (grants.length === 0) talk.line(`${talk.paint('faint', 'grants')}  none: every proposal will be refused`)
  for (const [index, terms] of grants.entries())
    talk.line(`${talk.paint('faint', index === 0 ? 'grants' : '      ')}  ${visible(describeTerms(terms))}`)
  if (grants.length > 0) return
  for (const { actions, resources } of agent.requests) {
    talk.line(
      `${talk.paint('faint', 'asks')}    ${visible(actions.join(', '))}${resources.length === 0 ? '' : ` on ${visible(resources.join(', '))}`}`,
    )
  }
}

function tellUnfinished(ice: Ice, { talk, json, program }: Terminal): void {
  if (json) return
  const unfinished = [...runSummaries(ice.store)].filter(({ phase }) => phase !== 'terminated')
  const [first] = unfinished
  if (first === undefined) return
  talk.line(talk.paint('warn', `${countText(unfinished.length, 'run is', 'runs are')} unfinished here: ${program} resume ${first.run}`))
}
