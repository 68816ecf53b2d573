import { pathProblem } from '@ice-runtime/isolation'
import { IceError, isActionPattern, isResourcePattern } from '@ice-runtime/kernel'
import type { EffectClass, GrantTerms } from '@ice-runtime/kernel'
import { readLimits } from './allow-limits.ts'

/** What `--allow` may leave out, by action. */
interface Shorthand {
  readonly kind: string
  readonly class: EffectClass
}

const reading: Shorthand = { kind: 'file', class: 'observe' }
const changing: Shorthand = { kind: 'file', class: 'staged' }
const shorthands: { readonly [action: string]: Shorthand } = {
  'files.read': reading,
  'files.list': reading,
  'files.stat': reading,
  'files.search': reading,
  'files.write': changing,
  'files.delete': changing,
  'files.move': changing,
  'files.*': changing,
  'model.generate': { kind: 'model', class: 'observe' },
  'agent.spawn': { kind: 'agent', class: 'staged' },
  'time.now': { kind: 'time', class: 'observe' },
  'random.bytes': { kind: 'random', class: 'observe' },
}

/**
 * Compiles `action` or `action:name` to grant terms: `files.read:src` is the file or directory `src` and all below it,
 * `files.write:report.md` that path, `model.generate:scripted` that provider's models. An action without a shorthand is granted up to
 * `irreversible`, towards the resource it names. Limits follow after commas: `files.write:out,uses=3`. `destinations` tells where a model provider is, undefined for a local one.
 * Throws `usage.invalid`.
 */
export function parseAllow(text: string, destinations: (provider: string) => string | undefined): GrantTerms {
  const limited = readLimits(text)
  if ('problem' in limited) throw invalid(text, limited.problem)
  const colon = limited.name.indexOf(':')
  const action = colon === -1 ? limited.name : limited.name.slice(0, colon)
  const name = colon === -1 ? '' : limited.name.slice(colon + 1)
  if (!isActionPattern(action)) throw invalid(text, `${JSON.stringify(action)} is no action`)
  const { kind, class: effectClass } = shorthands[action] ?? { kind: action.slice(0, action.indexOf('.')), class: 'irreversible' as const }
  const problem = nameProblem(kind, name)
  if (problem !== undefined) throw invalid(text, problem)
  const resource = resourcePattern(kind, name)
  if (!isResourcePattern(resource)) throw invalid(text, `${JSON.stringify(resource)} is no resource pattern`)
  return { actions: [action], resources: [resource], class: effectClass, egress: egressOf(kind, name, destinations), ...limited.limits }
}

/** What would grant nothing, or less than it seems to, is said before a run finds out. */
function nameProblem(kind: string, name: string): string | undefined {
  const plain = nameBelow(name)
  if (plain.includes('*') && plain !== '**') return 'a star stands for everything below a name, as in src/**, and nowhere else'
  if (kind === 'file' && !['', '.', '**'].includes(plain)) return pathProblem(plain)
  const named = kind === 'file' || localKinds.includes(kind) || kind === 'model' || plain !== ''
  return named ? undefined : 'say what it may act on, as in ledger.post:main'
}

/** Kinds of resources that are this process's own. */
const localKinds: readonly string[] = ['agent', 'file', 'time', 'random']

function resourcePattern(kind: string, name: string): string {
  if (name === '' || (kind === 'file' && name === '.')) return `${kind}:**`
  if (name.endsWith('**')) return `${kind}:${name}`
  if (kind === 'file') return `file:${name.replace(/\/+$/, '')}/**`
  if (kind === 'model') return name.includes(':') ? `model:${name}` : `model:${name}:**`
  return `${kind}:${nameBelow(name)}/**`
}

/** A name with all below it is written with or without the stars. */
function nameBelow(name: string): string {
  return name.replace(/\/(?:\*\*)?$/, '')
}

function egressOf(kind: string, name: string, destinations: (provider: string) => string | undefined): readonly string[] {
  if (localKinds.includes(kind)) return []
  if (kind !== 'model') return [`${kind}:${nameBelow(name)}`]
  const provider = name.split(':')[0] ?? ''
  const destination = destinations(provider)
  return destination === undefined ? [] : [destination]
}

function invalid(text: string, why: string): IceError {
  return new IceError('usage.invalid', `cannot read the allowance ${JSON.stringify(text)}: ${why}`, {
    hint: 'write ACTION or ACTION:NAME, such as files.read:src or model.generate:scripted, with limits after it: files.write:out,uses=3',
  })
}
