import { describe, expect, test } from 'vitest'
import { canonicalize, isDigest } from '@ice-runtime/kernel'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from '@ice-runtime/kernel'

export interface PolicyContract {
  /** A fresh engine each time, over the same policy. */
  open(): PolicyEngine
  /** At least two, of which one is allowed and one is not. Each touches one resource: an explanation is about one. */
  readonly requests: readonly PolicyRequest[]
}

/** Longer names do not fit into an entry. */
const maxRuleIdChars = 256

/** What the runtime relies on in every policy engine. Call it at the top of a test file. */
export function policyContract(name: string, { open, requests }: PolicyContract): void {
  const answers = (engine: PolicyEngine): readonly PolicyAnswer[] => requests.map((request) => engine.evaluate(request))

  describe(`${name} keeps the policy contract`, () => {
    test('equal requests have equal answers, in any order and from any engine over the same text', () => {
      const [one, other] = [open(), open()]
      const first = answers(one)
      expect(
        requests
          .toReversed()
          .map((request) => one.evaluate(request))
          .toReversed(),
      ).toEqual(first)
      expect(answers(other)).toEqual(first)
      expect(other.digest).toBe(one.digest)
    })

    test('some requests are allowed and some are not', () => {
      const allowed = answers(open()).filter(({ effect }) => effect === 'allow')
      expect(allowed.length).toBeGreaterThan(0)
      expect(allowed.length).toBeLessThan(requests.length)
    })

    test('a request is looked at and not changed', () => {
      const engine = open()
      for (const request of requests) {
        const before = canonicalize(JSON.parse(JSON.stringify(request)))
        engine.evaluate(frozen(request))
        expect(canonicalize(JSON.parse(JSON.stringify(request)))).toBe(before)
      }
    })

    test('an answer can be recorded: rules have names that fit, obligations ask for somebody', () => {
      const engine = open()
      expect(isDigest(engine.digest)).toBe(true)
      const all = answers(engine)
      const rules = all.flatMap((answer) => (answer.effect === 'error' ? [] : answer.rules))
      const obliging = all.filter((answer) => answer.effect === 'oblige')
      expect(all.map((answer) => canonicalize(JSON.parse(JSON.stringify(answer))))).not.toContain('')
      expect(rules.filter((rule) => rule.trim() === '' || rule.length > maxRuleIdChars)).toEqual([])
      expect(all.filter((answer) => answer.effect === 'allow' && answer.rules.length === 0)).toEqual([])
      expect(obliging.filter(({ obligations }) => obligations.length === 0)).toEqual([])
      expect(obliging.flatMap(({ obligations }) => obligations).filter(({ count, from }) => count < 1 || from === '')).toEqual([])
    })

    test('an explanation covers every rule that decided, and changes no answer', ({ skip }) => {
      const engine = open()
      if (engine.explain === undefined) return skip('the engine explains nothing')
      const before = answers(engine)
      for (const [index, request] of requests.entries()) {
        const explained = engine.explain(request)
        const answer = before[index]
        const decided = answer === undefined || answer.effect === 'error' ? [] : answer.rules
        for (const rule of decided) expect(explained).toContainEqual(expect.objectContaining({ rule, satisfied: true }))
      }
      expect(answers(engine)).toEqual(before)
    })
  })
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
