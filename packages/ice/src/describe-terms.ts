import type { GrantTerms } from '@ice-runtime/kernel'

/** Everything a grant allows, in words. */
export function describeTerms(terms: GrantTerms): string {
  const { actions, resources, egress } = terms
  const what = `permit ${actions.join(', ')} on ${resources.join(', ')} up to ${terms.class}`
  return [what, egress.length === 0 ? 'nothing leaves' : leaving(terms), ...limitsOf(terms)].join('; ')
}

function leaving({ egress, clearance = 'public' }: GrantTerms): string {
  return `may leave to ${egress.join(', ')}${clearance === 'public' ? '' : `, also what is ${clearance}`}`
}

function limitsOf({ uses, rate, sizeBytes, moneyMicro, tokens, computeMs, notBefore, expires, delegable }: GrantTerms): readonly string[] {
  return [
    limit(uses, (value) => `at most ${value} times`),
    rate === undefined ? undefined : `${rate.uses} times and then ${rate.uses} every ${rate.perMs} ms`,
    limit(sizeBytes, (value) => `at most ${value} bytes`),
    limit(moneyMicro, (value) => `at most ${value} millionths of money`),
    limit(tokens, (value) => `at most ${value} tokens`),
    limit(computeMs, (value) => `at most ${value} ms of compute`),
    limit(notBefore, (value) => `from ${new Date(value).toISOString()}`),
    limit(expires, (value) => `until ${new Date(value).toISOString()}`),
    limit(delegable, (value) => `may be handed on ${value} times`),
  ].filter((text) => text !== undefined)
}

function limit(value: number | undefined, text: (value: number) => string): string | undefined {
  return value === undefined ? undefined : text(value)
}
