import { hash } from 'node:crypto'
import { canonicalize, isSecretShaped, unreachable } from '@ice-runtime/kernel'
import type { Facts, JsonObject, PreparedAction, PrepareRefusal } from '@ice-runtime/kernel'
import { addressOf } from './address.ts'
import { commandFacts } from './command-facts.ts'
import { placePath } from './placed-path.ts'
import type { PlacedPath } from './placed-path.ts'
import type { HostArgs, ToolMeaning } from './tool-meaning.ts'

/** Where a host may send what nobody can follow: a command, an unknown tool, a search. */
export const unknownDestination = 'host:unknown'
/** Most paths one call may name: each is a resource that a grant must cover. */
export const maxCallPaths = 1000

type Judged = Pick<PreparedAction, 'resources' | 'facts' | 'class' | 'egress' | 'label'>

/**
 * What a call means to the rules. A host stages nothing, so whatever is no plain look is `irreversible`, whatever the tool says of
 * itself; that its results go to the host's own model is true of every call, so it distinguishes none and is no destination.
 */
export function judge(meaning: ToolMeaning, call: HostArgs, root: string): PreparedAction | PrepareRefusal {
  const judged = judgement(meaning, call, root)
  if ('refused' in judged) return judged
  const { resources, facts, class: effectClass, egress, label } = judged
  return {
    action: meaning.action,
    args: { tool: call.tool, cwd: call.cwd, input: call.input },
    resources,
    facts: { tool: call.tool, ...facts },
    class: effectClass,
    ...(egress === undefined ? {} : { egress }),
    // What a host's turn costs is between the host and its provider: nothing of it is ICE's to bound.
    cost: {},
    ...(label === undefined ? {} : { label }),
  }
}

function judgement(meaning: ToolMeaning, call: HostArgs, root: string): Judged | PrepareRefusal {
  switch (meaning.action) {
    case 'files.list':
    case 'files.read':
    case 'files.search':
    case 'files.write':
      return judgeFiles(meaning, call, root)
    case 'process.run':
      return judgeCommand(meaning, call, root)
    case 'http.request':
      return judgeRequest(meaning.url)
    case 'agent.spawn':
      return {
        resources: [`agent:${meaning.kind}`],
        facts: { kind: meaning.kind, promptSizeBytes: Buffer.byteLength(meaning.prompt), promptDigest: hash('sha256', meaning.prompt) },
        class: 'irreversible',
      }
    case 'mcp.call':
      return {
        resources: [`mcp:${meaning.server}/${meaning.tool}`],
        facts: { server: meaning.server, name: meaning.tool, ...inputFacts(call.input) },
        class: 'irreversible',
        egress: { destinations: [`mcp:${meaning.server}`] },
        label: 'untrusted/public',
      }
    case 'host.tool':
      return {
        resources: [`tool:${call.tool}`],
        facts: inputFacts(call.input),
        class: 'irreversible',
        egress: { destinations: [unknownDestination] },
        label: 'untrusted/public',
      }
    default:
      return unreachable(meaning)
  }
}

type Files = Extract<ToolMeaning, { readonly paths: readonly string[] }>

function judgeFiles({ action, paths, change }: Files, call: HostArgs, root: string): Judged | PrepareRefusal {
  if (paths.length === 0 || paths.length > maxCallPaths) return invalid(`${paths.length} paths, between 1 and ${maxCallPaths} are judged`)
  const placed: PlacedPath[] = []
  for (const path of paths) {
    const place = placePath(path, { root, cwd: call.cwd })
    if (place === undefined) return invalid(`${JSON.stringify(path.slice(0, 200))} is no path`)
    placed.push(place)
  }
  const secretShaped = placed.some(({ path }) => isSecretShaped(path))
  const { path: first = '' } = placed[0] ?? {}
  const facts: Facts = {
    path: first,
    extension: extensionOf(first),
    count: placed.length,
    outside: placed.some(({ outside }) => outside),
    secretShaped,
    ...(change === undefined ? {} : { newSizeBytes: change.newSizeBytes, deletes: change.deletes }),
  }
  return {
    resources: [...new Set(placed.map(({ path, outside }) => `${outside ? 'outside' : 'file'}:${path}`))],
    facts,
    class: action === 'files.write' ? 'irreversible' : 'observe',
    ...(secretShaped ? { label: 'trusted/secret' } : {}),
  }
}

function judgeCommand(meaning: Extract<ToolMeaning, { action: 'process.run' }>, call: HostArgs, root: string): Judged | PrepareRefusal {
  const place = placePath(call.cwd, { root, cwd: call.cwd })
  if (place === undefined) return invalid('the working directory is no path')
  const facts = commandFacts(meaning.command)
  return {
    resources: [`program:${String(facts['program'])}`],
    facts: { ...facts, cwd: place.path, outside: place.outside, unsandboxed: meaning.unsandboxed === true },
    class: 'irreversible',
    // Any program may open a socket, so what a command names only ever adds to this.
    egress: { destinations: [unknownDestination] },
    label: facts['secretShaped'] === true ? 'untrusted/secret' : 'untrusted/public',
  }
}

function judgeRequest(url: string | undefined): Judged | PrepareRefusal {
  if (url === undefined) {
    const facts = { method: 'GET', scheme: '', host: '', port: 0, known: false }
    return {
      resources: ['url:unknown'],
      facts,
      class: 'irreversible',
      egress: { destinations: [unknownDestination] },
      label: 'untrusted/public',
    }
  }
  const address = addressOf(url)
  if (address === undefined) return invalid('the URL is no plain http(s) address')
  const { destination, path, ...parts } = address
  return {
    resources: [`url:${destination}${path}`],
    facts: { method: 'GET', ...parts, known: true, url },
    // A host follows redirects and caches as it likes: what it sends is not known to be a plain GET.
    class: 'irreversible',
    egress: { destinations: [destination] },
    label: 'untrusted/public',
  }
}

function inputFacts(input: JsonObject): Facts {
  const text = canonicalize(input)
  return { inputSizeBytes: Buffer.byteLength(text), inputDigest: hash('sha256', text) }
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
}

function invalid(detail: string): PrepareRefusal {
  return { refused: 'args.invalid', detail }
}
