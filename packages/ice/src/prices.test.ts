import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findPrices, readPrices } from './prices.ts'

const directory = mkdtempSync(join(tmpdir(), 'ice-prices-'))
afterAll(() => rmSync(directory, { recursive: true }))

function fileWith(text: string): string {
  const file = join(directory, 'prices.json')
  writeFileSync(file, text)
  return file
}

const price = { inputMicro: 1_250_000, outputMicro: 10_000_000 }

describe('a table of prices', () => {
  test('names its currency once and prices models, or all models of a provider', () => {
    const table = { currency: 'USD', models: { 'openai:gpt-5': price, local: { inputMicro: 0, outputMicro: 0 } } }
    expect(readPrices(fileWith(JSON.stringify(table)))).toEqual(table)
    expect(findPrices(directory)).toEqual(table)
  })

  test('that is not there is none, unless it was asked for', () => {
    expect(findPrices(join(directory, 'elsewhere'))).toBeUndefined()
    expect(() => readPrices(join(directory, 'elsewhere.json'))).toThrow(expect.objectContaining({ code: 'prices.invalid' }))
  })

  test.each<[string, string, string]>([
    ['no JSON', '{"currency": USD}', ''],
    ['a list', '[]', 'is no object'],
    ['no currency', '{"models": {}}', 'currency is missing'],
    ['a currency that is none', '{"currency": "dollars", "models": {}}', 'currency'],
    ['a member too many', '{"currency": "USD", "models": {}, "unit": 1}', '"unit"'],
    ['a price given twice', '{"currency": "USD", "models": {"a": {"inputMicro": 1, "inputMicro": 2, "outputMicro": 1}}}', ''],
    [
      'a price without output',
      '{"currency": "USD", "models": {"openai:gpt-5": {"inputMicro": 1}}}',
      'openai:gpt-5: outputMicro is missing',
    ],
    ['a misspelt price', '{"currency": "USD", "models": {"a": {"inputMicro": 1, "outputMicros": 1}}}', 'a: has no member "outputMicros"'],
    ['a negative price', '{"currency": "USD", "models": {"a": {"inputMicro": -1, "outputMicro": 1}}}', 'whole numbers'],
    ['a broken price', '{"currency": "USD", "models": {"a": {"inputMicro": 0.5, "outputMicro": 1}}}', 'whole numbers'],
    ['a price in words', '{"currency": "USD", "models": {"a": {"inputMicro": "1", "outputMicro": 1}}}', 'whole numbers'],
    ['a model that is none', '{"currency": "USD", "models": {"GPT 5": {"inputMicro": 1, "outputMicro": 1}}}', '"GPT 5"'],
    ['a price for every object', '{"currency": "USD", "models": {"__proto__": {"inputMicro": 1, "outputMicro": 1}}}', ''],
  ])('with %s is refused with its file and what is wrong', (_, text, what) => {
    const file = fileWith(text)
    expect(() => readPrices(file)).toThrow(expect.objectContaining({ code: 'prices.invalid', message: expect.stringContaining(file) }))
    expect(() => readPrices(file)).toThrow(what)
  })
})
