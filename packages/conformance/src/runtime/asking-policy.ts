import { canonicalize, digestFromBytes } from '@ice-runtime/kernel'
import type { Json, Obligation, PolicyEngine, PolicyRequest, Sha256 } from '@ice-runtime/kernel'

/** Who must agree to an action; undefined lets `inner` decide. */
export type Asks = (request: PolicyRequest) => readonly Obligation[] | undefined

/** A policy that has people asked about some actions, and leaves the others to another one. `name` stands for its text. */
export function askingPolicy(
  inner: PolicyEngine,
  asks: Asks,
  { name, sha256 }: { readonly name: string; readonly sha256: Sha256 },
): PolicyEngine {
  const text = canonicalize({ inner: inner.digest, name } satisfies Json)
  return {
    digest: digestFromBytes(sha256(new TextEncoder().encode(text))),
    evaluate: (request) => {
      const obligations = asks(request)
      return obligations === undefined ? inner.evaluate(request) : { effect: 'oblige', rules: [`${name}.cedar:1`], obligations }
    },
  }
}

/** That so many operators agree. */
export function agreedBy(count: number, from = 'ops'): readonly Obligation[] {
  return [{ type: 'approval', from, count }]
}
