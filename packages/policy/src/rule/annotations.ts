import type { Obligation, Waiver } from '@ice-runtime/kernel'
import { maxApprovals } from '../limits.ts'
import type { FindingCode } from '../finding.ts'
import type { Rule } from './rule.ts'

/** What a rule's annotations say. */
export type RuleNotes = Pick<Rule, 'name' | 'sentence' | 'obligations' | 'waives'>

export interface AnnotationProblem {
  readonly code: FindingCode
  readonly message: string
  readonly hint: string
}

/** Every annotation there is: on which effect it may stand, and what its text may be. */
const known: { readonly [name: string]: { readonly on: 'permit' | 'forbid' | 'both'; readonly form: string } } = {
  approval: { on: 'forbid', form: '@approval("2 of ops") or @approval("1 of ops, not requester")' },
  description: { on: 'both', form: '@description("…"), at most 512 characters' },
  id: { on: 'both', form: '@id("no-secrets"), at most 64 letters, digits, - _ .' },
  waive: { on: 'permit', form: '@waive("price_unknown")' },
}

const maxSentenceChars = 512
const namePattern = /^[A-Za-z0-9_.-]{1,64}$/
const approvalPattern = /^([1-9][0-9]{0,3}) of ([a-z][a-z0-9_-]{0,63})(, not requester)?$/

/** Reads what Cedar accepts in silence: a misspelt annotation there is one without effect. */
export function readAnnotations(effect: Rule['effect'], annotations: { readonly [name: string]: unknown }): RuleNotes | AnnotationProblem {
  for (const [name, text] of Object.entries(annotations)) {
    const problem = problemOf(effect, name, text)
    if (problem !== undefined) return problem
  }
  const { approval, description, id, waive } = annotations
  return {
    ...(typeof id === 'string' ? { name: id } : {}),
    ...(typeof description === 'string' ? { sentence: description } : {}),
    obligations: typeof approval === 'string' ? obligationsOf(approval) : [],
    waives: typeof waive === 'string' ? waiversOf(waive) : [],
  }
}

function problemOf(effect: Rule['effect'], name: string, text: unknown): AnnotationProblem | undefined {
  const annotation = Object.hasOwn(known, name) ? known[name] : undefined
  if (annotation === undefined) {
    const hint = `there are ${Object.keys(known)
      .map((one) => `@${one}`)
      .join(', ')}`
    return { code: 'annotation.unknown', message: `no annotation is named @${name}`, hint }
  }
  if (annotation.on !== 'both' && annotation.on !== effect) {
    return { code: 'annotation.misplaced', message: `@${name} stands on a ${effect}`, hint: `it is for a ${annotation.on} only` }
  }
  if (typeof text === 'string' && isWellMade(name, text)) return undefined
  const shown = typeof text === 'string' ? JSON.stringify(text) : 'no text'
  return { code: 'annotation.malformed', message: `@${name} says ${shown}`, hint: `write ${annotation.form}` }
}

function isWellMade(name: string, text: string): boolean {
  switch (name) {
    case 'approval':
      return obligationsOf(text).length > 0
    case 'description':
      return text.trim() !== '' && text.length <= maxSentenceChars
    case 'id':
      return namePattern.test(text)
    case 'waive':
      return waiversOf(text).length > 0
    default:
      return false
  }
}

function obligationsOf(text: string): readonly Obligation[] {
  const [, digits, from, notRequester] = approvalPattern.exec(text) ?? []
  const count = Number(digits)
  if (from === undefined || count > maxApprovals) return []
  return [{ type: 'approval', from, count, ...(notRequester === undefined ? {} : { notRequester: true }) }]
}

function waiversOf(text: string): readonly Waiver[] {
  return text === 'price_unknown' ? [text] : []
}
