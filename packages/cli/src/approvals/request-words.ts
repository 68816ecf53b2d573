import type { CostBound, EffectClass } from '@ice-runtime/kernel'
import { countText, grouped } from '../terminal/text.ts'

/** What a class means to who answers: what can be taken back, and what cannot. */
const classWords: { readonly [Class in EffectClass]: string } = {
  observe: 'it reads and changes nothing',
  staged: 'it changes the run’s staging, and the workspace only if the run commits (staged)',
  keyed: 'it changes the outside, and is not done twice when it is sent again (keyed)',
  irreversible: 'it changes the outside and cannot be taken back (irreversible)',
}

export function classText(effectClass: EffectClass): string {
  return classWords[effectClass]
}

export function destinationsText(destinations: readonly string[]): string {
  return destinations.length === 0 ? 'nothing leaves' : `to ${destinations.join(', ')}`
}

/** The bound, in words: `at most 12 bytes`. */
export function costText({ moneyMicro, tokens, sizeBytes, computeMs }: CostBound): string {
  const amounts = [
    ...(moneyMicro === undefined
      ? []
      : [moneyMicro === 'unknown' ? 'money, nobody knows how much' : `${grouped(moneyMicro)} millionths of money`]),
    ...(tokens === undefined ? [] : [countText(tokens, 'token')]),
    ...(sizeBytes === undefined ? [] : [countText(sizeBytes, 'byte')]),
    ...(computeMs === undefined ? [] : [`${grouped(computeMs)} ms of computing`]),
  ]
  return amounts.length === 0 ? 'nothing' : `at most ${amounts.join(', ')}`
}
