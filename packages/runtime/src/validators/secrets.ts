import type { StagedChange } from '@ice-runtime/kernel'
import type { ValidationContext, Validator } from '../options.ts'

interface SecretShape {
  readonly name: string
  readonly pattern: RegExp
}

/** Shapes that are secrets whatever stands around them. Each pattern is linear: no nested repetition. */
const shapes: readonly SecretShape[] = [
  { name: 'private key', pattern: /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/ },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { name: 'GitHub token', pattern: /\bgh[pousr]_[0-9A-Za-z]{36,255}\b|\bgithub_pat_[0-9A-Za-z_]{60,255}\b/ },
  { name: 'GitLab token', pattern: /\bglpat-[0-9A-Za-z_-]{20,64}\b/ },
  { name: 'npm token', pattern: /\bnpm_[0-9A-Za-z]{36}\b/ },
  { name: 'Slack token', pattern: /\bxox[abeprs]-[0-9A-Za-z-]{10,250}\b/ },
  { name: 'Stripe key', pattern: /\b[sr]k_live_[0-9A-Za-z]{20,247}\b/ },
  { name: 'Google API key', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { name: 'model provider key', pattern: /\bsk-(?:ant-|proj-|or-)?[0-9A-Za-z_-]{32,250}\b/ },
  { name: 'JSON web token', pattern: /\beyJ[0-9A-Za-z_-]{16,2000}\.eyJ[0-9A-Za-z_-]{16,4000}\.[0-9A-Za-z_-]{16,1000}/ },
  { name: 'password in a URL', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/:@]{3,200}@/ },
]

/** Secrets named in one verdict: the first ones tell what is wrong. */
const maxNamed = 10

/** Judges whether a commit would put a secret into a file. What stood there before does not count: only what a change adds. */
export function secretsValidator(): Validator {
  return {
    name: 'secrets',
    check: (context) => {
      const found = context.staged.entries().flatMap(([, change]) => secretsIn(change, context))
      return found.length === 0 ? { passed: true } : { passed: false, detail: found.slice(0, maxNamed).join('; ') }
    },
  }
}

function secretsIn(change: StagedChange, context: ValidationContext): readonly string[] {
  const after = textOf(change.to, context)
  if (after === '') return []
  const before = textOf(change.base, context)
  return shapes
    .filter(({ pattern }) => matches(after, pattern).some((secret) => !before.includes(secret)))
    .map(({ name }) => `${change.path} would hold what looks like a ${name}`)
}

/** Bytes as Latin-1, so that a secret inside a binary file is found as well. */
function textOf(state: StagedChange['to'], context: ValidationContext): string {
  if (state.kind === 'symlink') return state.target
  if (state.kind !== 'file' || !context.blobs.has(state.blob)) return ''
  return Buffer.from(context.blobs.get(state.blob)).toString('latin1')
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(new RegExp(pattern, 'g'))].map(([secret]) => secret)
}
