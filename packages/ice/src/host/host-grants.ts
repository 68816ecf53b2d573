import { IceError, isResourcePattern } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import { readLimits } from '../allow-limits.ts'

/** Where a command, a search or a tool that nobody has described may send what it likes. */
const anywhere = 'host:unknown'

interface Kind {
  /** Of the resources that the action names. */
  readonly kind: string
  readonly class: 'observe' | 'irreversible'
  readonly egress: readonly string[]
}

const looking: Kind = { kind: 'file', class: 'observe', egress: [] }

/** What a host does, action by action: at once, so that nothing that changes anything is less than irreversible. */
const kinds: { readonly [action: string]: Kind } = {
  'agent.spawn': { kind: 'agent', class: 'irreversible', egress: [] },
  'files.list': looking,
  'files.read': looking,
  'files.search': looking,
  'files.write': { kind: 'file', class: 'irreversible', egress: [] },
  'host.tool': { kind: 'tool', class: 'irreversible', egress: [anywhere] },
  'http.request': { kind: 'url', class: 'irreversible', egress: [anywhere, 'http:**', 'https:**'] },
  'mcp.call': { kind: 'mcp', class: 'irreversible', egress: ['mcp:**'] },
  'process.run': { kind: 'program', class: 'irreversible', egress: [anywhere] },
}

/** What a host is given while nobody has adopted a policy or said what it may do: to look at what is in the project. */
export const lookingHostGrants: readonly GrantTerms[] = [
  {
    actions: Object.keys(kinds).filter((action) => kinds[action]?.class === 'observe'),
    resources: ['file:**'],
    class: 'observe',
    egress: [],
    clearance: 'private',
  },
]

/**
 * All that a host does: what it is given under a policy unless an operator says otherwise. It is a program of the person who runs it and acts as them,
 * so policy is the gate; grants are for those who want to name less. What is secret stays in all the same.
 */
export const usualHostGrants: readonly GrantTerms[] = [
  {
    actions: Object.keys(kinds),
    resources: ['agent:**', 'file:**', 'mcp:**', 'outside:**', 'program:**', 'tool:**', 'url:**'],
    class: 'irreversible',
    egress: [anywhere, 'http:**', 'https:**', 'mcp:**'],
    clearance: 'private',
  },
]

/**
 * Compiles `action` or `action:name` for a host: `files.write:src`, `process.run:git`, `mcp.call:notes`, `http.request:https://example.org:443`.
 * Limits follow as in any allowance. Throws `usage.invalid`.
 */
export function parseHostAllow(text: string): GrantTerms {
  const limited = readLimits(text)
  if ('problem' in limited) throw invalid(text, limited.problem)
  const colon = limited.name.indexOf(':')
  const action = colon === -1 ? limited.name : limited.name.slice(0, colon)
  const name = colon === -1 ? '' : limited.name.slice(colon + 1)
  const known = Object.hasOwn(kinds, action) ? kinds[action] : undefined
  if (known === undefined) throw invalid(text, `a host does ${Object.keys(kinds).join(', ')}`)
  if (name.replace(/\*\*$/, '').includes('*'))
    throw invalid(text, 'a star stands for everything below a name, as in src/**, and nowhere else')
  const resource = resourceOf(known.kind, name)
  if (!isResourcePattern(resource)) throw invalid(text, `${JSON.stringify(resource)} is no resource pattern`)
  const { egress } = known
  return {
    actions: [action],
    resources: [resource],
    class: known.class,
    egress: egressOf(known, name) ?? egress,
    clearance: 'private',
    ...limited.limits,
  }
}

/** A directory is meant with all below it; everything else is meant as it is named, or with `/**`. */
function resourceOf(kind: string, name: string): string {
  if (name === '' || (kind === 'file' && (name === '.' || name === './'))) return `${kind}:**`
  if (name.endsWith('**')) return `${kind}:${name}`
  return kind === 'file' || (kind === 'mcp' && !name.includes('/')) ? `${kind}:${name.replace(/\/+$/, '')}/**` : `${kind}:${name}`
}

/** Narrower than all of the kind where the name says where it goes. */
function egressOf({ kind }: Kind, name: string): readonly string[] | undefined {
  if (name === '') return undefined
  if (kind === 'mcp') return [`mcp:${name.split('/')[0] ?? ''}`]
  const [origin] = kind === 'url' ? (/^https?:\/\/[^/]+/.exec(name) ?? []) : []
  return origin === undefined ? undefined : [origin]
}

function invalid(text: string, why: string): IceError {
  const hint = 'write ACTION or ACTION:NAME, such as files.write:src or process.run:git'
  return new IceError('usage.invalid', `cannot read the allowance ${JSON.stringify(text)}: ${why}`, { hint })
}
