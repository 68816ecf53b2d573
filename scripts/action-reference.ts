import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ledgerDrivers, scriptedProvider } from '@ice-runtime/effects'
import { parseAllow, sha256 } from '@ice-runtime/ice'
import { emptyMap, parseDigest, parseRunId } from '@ice-runtime/kernel'
import type { AgentIdentity, Driver, Json, JsonObject, PerformContext, PreparedAction, Receipt } from '@ice-runtime/kernel'
import { openMemoryBlobs } from '../packages/conformance/src/effect/memory-blobs.ts'
import { createWorlds } from '../packages/ice/src/worlds.ts'
import { schemaRows } from './schema-rows.ts'

/** A plain use of each action: what it is, and what comes of it, is read from preparing and performing this. */
const examples: { readonly [action: string]: JsonObject } = {
  'files.delete': { path: 'notes.txt' },
  'files.list': { path: '.' },
  'files.move': { from: 'notes.txt', to: 'kept.txt' },
  'files.read': { path: 'notes.txt' },
  'files.search': { path: '.', text: 'plants' },
  'files.stat': { path: 'notes.txt' },
  'files.write': { path: 'report.md', content: 'none' },
  'agent.spawn': { agent: 'helper', allow: ['files.read:notes.txt'] },
  'ledger.balance': { account: 'rent' },
  'ledger.post': { account: 'rent', amountMicro: 1 },
  'ledger.transfer': { account: 'rent', amountMicro: 1 },
  'ledger.wire': { account: 'rent', amountMicro: 1 },
  'model.generate': { model: 'scripted:script', messages: [{ role: 'user', content: 'Go on.' }] },
  'random.bytes': { count: 4 },
  'time.now': {},
}

const helper: AgentIdentity = { name: 'helper', version: '1.0.0', kind: 'quickjs', digest: parseDigest('0'.repeat(64)) }

/** Every action of a runtime as `createIce` assembles it, with the ledger as an effect of one's own. */
export async function actionReference(): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), 'ice-actions-'))
  const workspace = join(place, 'workspace')
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'notes.txt'), 'TODO water the plants\n')
  const blobs = openMemoryBlobs()
  using worlds = createWorlds({
    models: { scripted: scriptedProvider({ script: { replies: [{ text: 'Done.' }] } }) },
    prices: {},
    effects: ledgerDrivers({ directory: join(place, 'ledger') }),
    sha256,
    blobs,
    data: join(place, 'data'),
    spawning: { agent: (name) => (name === helper.name ? helper : undefined), terms: (allow) => parseAllow(allow, () => undefined) },
  })
  try {
    const catalog = worlds.find(worlds.open(workspace))?.catalog.list() ?? []
    const strangers = Object.keys(examples).filter((name) => !catalog.some((driver) => driver.action === name))
    if (strangers.length > 0) throw new Error(`an example of no action: ${strangers.join(', ')}`)
    const context: PerformContext = {
      runId: parseRunId('run_000000000000'),
      key: 'run_000000000000#1',
      at: 0,
      staged: emptyMap(),
      blobs,
      signal: new AbortController().signal,
    }
    const sections: string[] = []
    for (const driver of catalog) sections.push(section(driver, await tryOut(driver, context)))
    return sections.join('\n')
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

interface Tried {
  readonly prepared: PreparedAction
  readonly receipt: Receipt
}

async function tryOut(driver: Driver, context: PerformContext): Promise<Tried> {
  const args = examples[driver.action]
  if (args === undefined) throw new Error(`no example of ${driver.action}: add one to scripts/action-reference.ts`)
  const prepared = await driver.prepare(args, context)
  if ('refused' in prepared) throw new Error(`the example of ${driver.action} is refused: ${prepared.detail}`)
  return { prepared, receipt: await driver.perform(prepared, context) }
}

function section(driver: Driver, { prepared, receipt }: Tried): string {
  const { action, description, argsSchema } = driver
  const rows = schemaRows(argsSchema)
  const touched = prepared.resources.map((resource) => `\`${shapeOf(resource, examples[action])}\``)
  const how = [`**Class** ${prepared.class ?? 'irreversible'}`, `**touches** ${touched.join(' and ')}`]
  const to = (prepared.egress?.destinations ?? []).map((destination) => `\`${destination}\``)
  return [
    `## ${action}`,
    '',
    description,
    '',
    `${[...how, to.length === 0 ? '' : `**goes to** ${to.join(', ')}`].filter((part) => part !== '').join(', ')}.`,
    '',
    ...(rows.length === 0 ? ['No arguments.'] : ['| Argument | |', '| --- | --- |', ...rows]),
    '',
    `**Result** ${namesOf(receipt.result)}. **Facts** ${factsOf(driver.facts)}.`,
    '',
  ].join('\n')
}

/** A resource with the example's own argument by its name: `file:<path>`. */
function shapeOf(resource: string, args: JsonObject = {}): string {
  for (const [name, value] of Object.entries(args)) {
    if (typeof value !== 'string' || !new RegExp(`[:/]${escaped(value)}$`).test(resource)) continue
    return `${resource.slice(0, -value.length)}<${name}>`
  }
  return resource
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** As they are declared: `digest?` may be absent. */
function factsOf(facts: Driver['facts']): string {
  const declared = Object.entries(facts).map(([name, { type, optional }]) => `\`${name}${optional === true ? '?' : ''}: ${type}\``)
  return declared.length === 0 ? 'none' : declared.sort().join(', ')
}

function namesOf(value: Json): string {
  const names = Object.keys((value ?? {}) as object).sort()
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ')
}
