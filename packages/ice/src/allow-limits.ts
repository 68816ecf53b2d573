import { confidentialities, effectClasses, malformedTerm } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'

/** Terms an allowance may set beside what it names. */
export type Limits = Partial<Omit<GrantTerms, 'actions' | 'resources' | 'egress'>>

/** How each limit is written after the name, as in `files.write:out,uses=3`. */
const limits: { readonly [name: string]: (text: string) => Limits | undefined } = {
  class: (text) => chosen(effectClasses, text, (effectClass) => ({ class: effectClass })),
  uses: (text) => amount(text, (uses) => ({ uses })),
  rate: readRate,
  bytes: (text) => amount(text, (sizeBytes) => ({ sizeBytes })),
  tokens: (text) => amount(text, (tokens) => ({ tokens })),
  'money-micro': (text) => amount(text, (moneyMicro) => ({ moneyMicro })),
  'compute-ms': (text) => amount(text, (computeMs) => ({ computeMs })),
  from: (text) => moment(text, (notBefore) => ({ notBefore })),
  until: (text) => moment(text, (expires) => ({ expires })),
  clear: (text) => chosen(confidentialities, text, (clearance) => ({ clearance })),
  delegable: (text) => amount(text, (delegable) => ({ delegable })),
}

export const limitNames: readonly string[] = Object.keys(limits)

const msPerUnit: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export type ReadLimits =
  | { readonly name: string; readonly limits: Limits }
  /** What cannot be read: passing over it would grant more than was meant. */
  | { readonly problem: string }

/** Takes the limits off the end of an allowance: each is a comma, a word, `=` and its value. A comma without them belongs to the name. */
export function readLimits(text: string): ReadLimits {
  const [name = '', ...parts] = text.split(/,(?=[A-Za-z-]+=)/)
  const given = parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const)
  const read: Limits[] = []
  for (const [limit, value] of given) {
    const reader = Object.hasOwn(limits, limit) ? limits[limit] : undefined
    if (reader === undefined) return { problem: `${limit} is no limit; there are ${limitNames.join(', ')}` }
    const terms = reader(value)
    if (terms === undefined) return { problem: `${limit} cannot be ${JSON.stringify(value)}` }
    if (Object.keys(terms).some((term) => read.some((earlier) => Object.hasOwn(earlier, term))))
      return { problem: `${limit} is given twice` }
    read.push(terms)
  }
  return { name, limits: Object.assign({}, ...read) as Limits }
}

function chosen<Word extends string>(words: readonly Word[], text: string, terms: (word: Word) => Limits): Limits | undefined {
  const word = words.find((candidate) => candidate === text)
  return word === undefined ? undefined : terms(word)
}

function amount(text: string, terms: (amount: number) => Limits): Limits | undefined {
  const value = Number(text)
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(value) ? terms(value) : undefined
}

/** An instant in full, with its zone: a day alone begins at another moment for every reader. */
function moment(text: string, terms: (at: number) => Limits): Limits | undefined {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isSafeInteger(at) && at >= 0 ? terms(at) : undefined
}

/** `10/1m`: ten, and from then on one every six seconds. */
function readRate(text: string): Limits | undefined {
  const [, uses, count, unit = ''] = /^(\d{1,7})\/(\d{1,7})(ms|s|m|h|d)$/.exec(text) ?? []
  const rate = { uses: Number(uses), perMs: Number(count) * (msPerUnit[unit] ?? Number.NaN) }
  return malformedTerm({ actions: [], resources: [], class: 'observe', egress: [], rate }) === undefined ? { rate } : undefined
}
