import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelPrice } from '@ice-runtime/effects'
import { IceError, isAmount, parseStrictJson } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'

/** What models cost, all in one currency. */
export interface PriceTable {
  /** ISO 4217: every amount of money of a run is millionths of it. */
  readonly currency: string
  /** By `provider:name`, or by `provider` for all its models. */
  readonly models: { readonly [model: string]: ModelPrice }
}

/** Where a data directory has its prices. */
const pricesName = 'prices.json'

const hint = '{"currency": "USD", "models": {"openai:gpt-5": {"inputMicro": 1250000, "outputMicro": 10000000}}}, per million tokens'

/** Throws `prices.invalid`: a price that is misread is money spent. */
export function readPrices(file: string): PriceTable {
  try {
    return pricesIn(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof IceError) throw error
    throw new IceError('prices.invalid', `${file} cannot be read`, { cause: error, hint })
  }
}

/** The prices of a data directory, if it has any. */
export function findPrices(data: string): PriceTable | undefined {
  const file = join(data, pricesName)
  return existsSync(file) ? readPrices(file) : undefined
}

function pricesIn(text: string, file: string): PriceTable {
  const fail = (what: string): IceError => new IceError('prices.invalid', `${file}: ${what}`, { hint })
  const table = membersOf(parsed(text, fail), ['currency', 'models'], fail)
  const { currency, models } = table
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) throw fail('currency is no code of three capital letters')
  if (!isObject(models)) throw fail('models is no object')
  return { currency, models: Object.fromEntries(Object.entries(models).map(([model, price]) => [model, priceOf(model, price, fail)])) }
}

type Fail = (what: string) => IceError

function priceOf(model: string, value: Json, fail: Fail): ModelPrice {
  if (!/^[a-z][a-z0-9-]{0,31}(:\P{C}{1,200})?$/u.test(model)) throw fail(`${JSON.stringify(model)} is neither provider nor provider:name`)
  const { inputMicro, outputMicro } = membersOf(value, ['inputMicro', 'outputMicro'], (what) => fail(`${model}: ${what}`))
  if (!isAmount(inputMicro) || !isAmount(outputMicro)) throw fail(`${model}: inputMicro and outputMicro are whole numbers from 0`)
  return { inputMicro, outputMicro }
}

/** Exactly these members: one that is misspelt is an error and no default. */
function membersOf(value: Json, names: readonly string[], fail: Fail): { readonly [name: string]: Json | undefined } {
  if (!isObject(value)) throw fail('is no object')
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw fail(`has no member ${JSON.stringify(unknown)}`)
  const missing = names.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) throw fail(`${missing} is missing`)
  return value
}

function parsed(text: string, fail: Fail): Json {
  try {
    return parseStrictJson(text)
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
