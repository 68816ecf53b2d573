import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import {
  canonicalize,
  costDimensions,
  declarationsProblem,
  effectClasses,
  emptyMap,
  factsProblem,
  IceError,
  isAmount,
  joinLabels,
  labels,
  parseRunId,
  publicTrusted,
  requestDigest,
} from '@ice-runtime/kernel'
import type { Blobs, Driver, Json, JsonObject, Manifest, PerformContext, PreparedAction, PrepareContext } from '@ice-runtime/kernel'
import { openMemoryBlobs } from './memory-blobs.ts'

/** A world of its own for one test: the driver, and what it can change. */
export interface DriverWorld {
  readonly driver: Driver
  /** The state of everything outside that the driver can reach, for comparing. `null` for a driver that reaches nothing. */
  look(): Json | Promise<Json>
  readonly blobs?: Blobs
  readonly staged?: Manifest
  close?(): void | Promise<void>
}

export interface DriverContract {
  /** A fresh world each time; equal ones, so that what one test did is not seen by the next. */
  open(): DriverWorld | Promise<DriverWorld>
  /** Arguments that succeed in a fresh world, each different from the others. At least one. */
  readonly honestArgs: readonly JsonObject[]
  /** Arguments the driver refuses to prepare, with the code. */
  readonly refusedArgs?: readonly { readonly args: Json; readonly code: string }[]
  /** Arguments whose `perform` rejects with the code; with any code but `effect.uncertain` the world stays as it was. */
  readonly failingArgs?: readonly { readonly args: JsonObject; readonly code: string }[]
  /** Arguments whose effect happens although `perform` rejects as uncertain. Needed by a driver that can probe. */
  readonly interruptedArgs?: JsonObject
  /** Arguments whose `perform` goes on until its signal aborts. */
  readonly hangingArgs?: JsonObject
  /** A foreign program performs what this driver judges: then the driver itself has to perform nothing. */
  readonly performer?: 'host'
}

/** One thing the runtime relies on in every driver. */
export interface DriverLaw {
  readonly sentence: string
  /** Rejects when the driver of this fresh world breaks it. `skip` ends it where the driver makes no such promise. */
  readonly check: (world: DriverWorld, skip: (reason: string) => never) => Promise<void>
}

type Declare = (sentence: string, check: DriverLaw['check']) => void

/** Every law, for a driver with these arguments. */
export function driverLaws(contract: DriverContract): readonly DriverLaw[] {
  const laws: DriverLaw[] = []
  const declare: Declare = (sentence, check) => void laws.push({ sentence, check })
  parsingLaws(contract, declare)
  preparationLaws(contract, declare)
  if (contract.performer === 'host') {
    hostLaws(contract, declare)
    return laws
  }
  performanceLaws(contract, declare)
  uncertaintyLaws(contract, declare)
  return laws
}

function parsingLaws({ honestArgs, refusedArgs }: DriverContract, declare: Declare): void {
  declare('the argument schema is canonical JSON and closed', async ({ driver }) => {
    expect(canonicalize(driver.argsSchema)).not.toBe('')
    expect(driver.argsSchema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(driver.version).toBeGreaterThanOrEqual(1)
    expect(isAmount(driver.deadlineMs) && driver.deadlineMs > 0).toBe(true)
  })
  declare('arguments that are not exactly of the shape are refused as args.invalid', async (world) => {
    const required = world.driver.argsSchema['required']
    const keys = Array.isArray(required) ? required : []
    expect(honestArgs.length).toBeGreaterThan(0)
    for (const args of honestArgs) {
      const { [String(keys[0])]: removed, ...missing } = args
      const wrong: Json[] = [
        { ...args, surprise_key: 1 },
        JSON.parse(`{"__proto__":1,${canonicalize(args).slice(1).replace(/^}$/, '"x":1}')}`),
      ]
      if (removed !== undefined)
        wrong.push(missing, { ...args, [String(keys[0])]: { nested: true } }, { ...args, [String(keys[0])]: '\ud800' })
      for (const malformed of wrong) await expectRefusal(world, malformed, 'args.invalid')
    }
    for (const other of [null, [], 'text', 1, true, nested(100_000)]) await expectRefusal(world, other, 'args.invalid')
  })
  declare('what its rules do not allow is refused with their code, and nothing changes', async (world, skip) => {
    if (refusedArgs === undefined) return skip('refusedArgs are not given')
    const before = await lookAt(world)
    for (const { args, code } of refusedArgs) await expectRefusal(world, args, code)
    expect(await lookAt(world)).toBe(before)
  })
}

function preparationLaws({ honestArgs }: DriverContract, declare: Declare): void {
  declare('preparing changes nothing and answers equal proposals equally', async (world) => {
    const before = await lookAt(world)
    for (const args of honestArgs) {
      const first = await prepared(world, frozen(args))
      expect(canonicalText(await prepared(world, args))).toBe(canonicalText(first))
      expect(canonicalText(await prepared(world, first.args))).toBe(canonicalText(first))
    }
    expect(await lookAt(world)).toBe(before)
  })
  declare('facts are declared by name and type, before anything is proposed', async ({ driver }) => {
    expect(declarationsProblem(driver.facts)).toBeUndefined()
  })
  declare('what is prepared is well-formed and as declared: class, resources, egress, cost, label and facts', async (world) => {
    for (const args of honestArgs) expectWellFormed(world.driver, await prepared(world, args))
  })
  declare('describing is pure, changes nothing, and never says the same of two different requests', async (world) => {
    const before = await lookAt(world)
    const texts = new Map<string, string>()
    for (const args of honestArgs) {
      const request = await prepared(world, args)
      const text = world.driver.describe(frozen(request))
      expect(text.trim()).not.toBe('')
      expect(text.isWellFormed()).toBe(true)
      expect(world.driver.describe(JSON.parse(canonicalText(request)))).toBe(text)
      texts.set(canonicalText(request), text)
    }
    expect(new Set(texts.values()).size).toBe(texts.size)
    expect(await lookAt(world)).toBe(before)
  })
}

function hostLaws({ honestArgs }: DriverContract, declare: Declare): void {
  declare('what a host performs is neither staged nor keyed, nor probed nor taken back', async (world) => {
    expect(world.driver).toMatchObject({ performer: 'host' })
    expect([world.driver.probe, world.driver.compensate]).toEqual([undefined, undefined])
    for (const args of honestArgs) expect(['observe', 'irreversible']).toContain((await prepared(world, args)).class)
  })
  declare('asked to perform, a driver of a host says that nothing happened, and nothing has', async (world) => {
    const before = await lookAt(world)
    for (const args of honestArgs) {
      const { code } = await failure(world, await prepared(world, args), performing(world, 'run_contract0000#1'))
      expect(code).toBe('effect.failed')
    }
    expect(await lookAt(world)).toBe(before)
  })
}

function performanceLaws(contract: DriverContract, declare: Declare): void {
  for (const [index, args] of contract.honestArgs.entries()) {
    declare(`performing honest arguments ${index} answers with a receipt as bounded and as judged`, async (world) => {
      const request = await prepared(world, args)
      const before = await lookAt(world)
      const receipt = await world.driver.perform(recorded(request), performing(world, 'run_contract0000#1'))
      expect(canonicalize(receipt.result)).not.toBe('')
      const label = receipt.label ?? publicTrusted
      expect(labels).toContain(joinLabels(label, request.label ?? publicTrusted))
      for (const dimension of costDimensions) {
        const spent = receipt.cost?.[dimension] ?? 0
        const bound = request.cost[dimension] ?? 0
        expect(isAmount(spent)).toBe(true)
        expect(spent).toBeLessThanOrEqual(bound === 'unknown' ? spent : bound)
      }
      expect(request.class === 'staged' ? [] : (receipt.changes ?? [])).toEqual([])
      expect(changesOutside(request) ? before : await lookAt(world)).toBe(before)
    })
  }
  declare('a keyed effect performed again under its key happens once and answers the same', async (world, skip) => {
    const requests = await Promise.all(contract.honestArgs.map((args) => prepared(world, args)))
    const keyed = requests.filter((request) => request.class === 'keyed')
    if (keyed.length === 0) skip('none of the honest arguments is keyed')
    for (const [index, request] of keyed.entries()) {
      const context = performing(world, `run_contract0000#${index + 1}`)
      const first = await world.driver.perform(request, context)
      const once = await lookAt(world)
      expect(canonicalize((await world.driver.perform(request, context)).result)).toBe(canonicalize(first.result))
      expect(await lookAt(world)).toBe(once)
    }
  })
  declare('a signal that has aborted before stops the effect without a trace', async (world) => {
    const request = await prepared(world, firstOf(contract.honestArgs))
    const before = await lookAt(world)
    const error = await failure(world, request, { ...performing(world, 'run_contract0000#1'), signal: AbortSignal.abort() })
    expect(error.code).not.toBe('effect.uncertain')
    expect(await lookAt(world)).toBe(before)
  })
  declare('a signal that aborts ends an effect that would go on', async (world, skip) => {
    if (contract.hangingArgs === undefined) return skip('hangingArgs are not given')
    const request = await prepared(world, contract.hangingArgs)
    const stop = new AbortController()
    const ended = failure(world, request, { ...performing(world, 'run_contract0000#1'), signal: stop.signal })
    stop.abort()
    expect((await ended).code).toBe(changesOutside(request) ? 'effect.uncertain' : 'effect.timeout')
  })
}

function uncertaintyLaws(contract: DriverContract, declare: Declare): void {
  declare('a failure says by its code whether the effect may have happened', async (world, skip) => {
    if (contract.failingArgs === undefined) return skip('failingArgs are not given')
    for (const [index, { args, code }] of contract.failingArgs.entries()) {
      const before = await lookAt(world)
      const error = await failure(world, await prepared(world, args), performing(world, `run_contract0000#${index + 1}`))
      expect(error.code).toBe(code)
      expect(code === 'effect.uncertain' ? before : await lookAt(world)).toBe(before)
    }
  })
  declare('a probe finds what an interrupted attempt did, and only under its key', async (world, skip) => {
    if (world.driver.probe === undefined) return skip('the driver cannot probe')
    const request = await prepared(world, contract.interruptedArgs ?? {})
    const context = performing(world, 'run_contract0000#7')
    expect((await world.driver.probe(request, context)).found).not.toBe('done')
    expect((await failure(world, request, context)).code).toBe('effect.uncertain')
    const after = await lookAt(world)
    const answer = await world.driver.probe(recorded(request), context)
    expect(answer.found === 'done' ? canonicalize(answer.receipt.result) : answer.found).not.toMatch(/^$|^not_done$|^unknown$/)
    expect((await world.driver.probe(request, performing(world, 'run_contract0000#8'))).found).not.toBe('done')
    expect(await lookAt(world)).toBe(after)
  })
  declare('taking an effect back is itself an effect that happens once', async (world, skip) => {
    if (world.driver.compensate === undefined) return skip('the driver cannot take back')
    const request = await prepared(world, firstOf(contract.honestArgs))
    const context = performing(world, 'run_contract0000#1')
    const receipt = await world.driver.perform(request, context)
    const done = await lookAt(world)
    const reversal = await world.driver.compensate(recorded(request), receipt, context)
    const reversed = await lookAt(world)
    expect(reversed).not.toBe(done)
    const again = await world.driver.compensate(request, receipt, context)
    expect(canonicalize(again.result)).toBe(canonicalize(reversal.result))
    expect(await lookAt(world)).toBe(reversed)
  })
}

function expectWellFormed(driver: Driver, request: PreparedAction): void {
  expect(request.action).toBe(driver.action)
  expect(effectClasses).toContain(request.class)
  expect(request.resources.length).toBeGreaterThan(0)
  for (const resource of request.resources) expect(resource).toMatch(/^[a-z][a-z0-9_-]*:./)
  const destinations = request.egress?.destinations ?? ['nowhere']
  expect(destinations.length).toBeGreaterThan(0)
  expect([...new Set(destinations)].sort()).toEqual(destinations)
  for (const dimension of costDimensions) {
    const bound = request.cost[dimension] ?? 0
    expect(isAmount(bound) || (dimension === 'moneyMicro' && bound === 'unknown')).toBe(true)
  }
  expect(labels).toContain(request.label ?? publicTrusted)
  expect(factsProblem(request.facts, driver.facts)).toBeUndefined()
  // The runtime adds `atOnce` after it has read the agent's reason; a driver cannot promote itself past the commit.
  expect(request.atOnce).toBeUndefined()
  expect(requestDigest(request, sha256)).toBe(requestDigest(recorded(request), sha256))
}

async function prepared(world: DriverWorld, args: Json): Promise<PreparedAction> {
  const answer = await world.driver.prepare(args, preparing(world))
  if ('refused' in answer) throw new Error(`refused as ${answer.refused}: ${answer.detail}`)
  return answer
}

async function expectRefusal(world: DriverWorld, args: Json, code: string): Promise<void> {
  const answer = await world.driver.prepare(args, preparing(world))
  expect('refused' in answer ? answer.refused : `prepared ${canonicalText(answer)}`).toBe(code)
}

async function failure(world: DriverWorld, request: PreparedAction, context: PerformContext): Promise<IceError> {
  const performed = async (): Promise<unknown> => world.driver.perform(request, context)
  const error = await performed().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof IceError)) throw new Error(`${request.action} did not fail with an IceError`, { cause: error })
  return error
}

function preparing({ blobs, staged }: DriverWorld): PrepareContext {
  return { runId, at, staged: staged ?? emptyMap(), blobs: blobs ?? openMemoryBlobs(), signal: new AbortController().signal }
}

function performing({ blobs, staged }: DriverWorld, key: string): PerformContext {
  return { runId, key, at, staged: staged ?? emptyMap(), blobs: blobs ?? openMemoryBlobs(), signal: new AbortController().signal }
}

const runId = parseRunId('run_contract0000')
/** Any time will do: drivers have no other clock. */
const at = 1_790_000_000_000

async function lookAt(world: DriverWorld): Promise<string> {
  return canonicalize(await world.look())
}

/** As it comes back from the log after a crash. */
function recorded(request: PreparedAction): PreparedAction {
  return JSON.parse(canonicalText(request))
}

function canonicalText(request: PreparedAction): string {
  return canonicalize(JSON.parse(JSON.stringify(request)))
}

function changesOutside(request: PreparedAction): boolean {
  return request.class === 'keyed' || request.class === 'irreversible'
}

function firstOf(all: readonly JsonObject[]): JsonObject {
  const [first] = all
  if (first === undefined) throw new Error('a contract needs honest arguments')
  return first
}

function nested(depth: number): Json {
  let value: Json = []
  for (let level = 1; level < depth; level += 1) value = [value]
  return value
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
