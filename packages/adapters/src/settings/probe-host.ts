import { unreachable } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'
import type { Host } from '../host.ts'
import { hookEvents } from './hook-settings.ts'
import { isGuarded, runsHook } from './hook-plan.ts'
import { isList, isObject, readSettings } from './settings-text.ts'

/** A settings file as found. `text` is absent where there is no such file. */
export interface FoundSettings {
  readonly path: string
  readonly text?: string
}

/** `verified` was tried with the program itself, `documented` is what its maker says. */
export type Blocking = { readonly blocks: boolean; readonly known: 'verified' | 'documented' | 'unknown' }

export interface HostProbe {
  readonly host: Host
  /** Files in which the hook is asked before every tool. */
  readonly installed: readonly string[]
  /** Events of the hook that no file has. */
  readonly missing: readonly string[]
  /** Whether the host really blocks when we say no, when the hook ends badly, and when it does not end. */
  readonly denial: Blocking
  readonly crash: Blocking
  readonly timeout: Blocking
  /** What an operator has to know or do, each a sentence. */
  readonly notes: readonly string[]
}

/** First version of Claude Code in which a hook that fails or takes too long can block: tried with it and with the one before. */
export const claudeOnFailureVersion = '2.1.295'

/** Versions that were tried with a scripted model: what is said of others is what these did. */
export const triedVersions: Readonly<Record<Host, readonly string[]>> = {
  'claude-code': ['2.1.294', claudeOnFailureVersion, '2.1.332'],
  codex: ['0.169.0'],
  cursor: [],
}

/** What `ice doctor` says of a host: a pure look at its settings and its version, by facts that were tried per version. */
export function probeHost(host: Host, settings: readonly FoundSettings[], version?: string): HostProbe {
  const notes: string[] = []
  const found = settings.map((file) => lookInto(host, file, notes))
  const asked = found.flatMap(({ asked: handlers }) => handlers)
  const events = new Set(found.flatMap(({ events: names }) => names))
  const missing = hookEvents(host).filter((event) => !events.has(event))
  const off = found.some(({ disabled }) => disabled)
  if (off) notes.push('Hooks are switched off in these settings, so nobody is asked.')
  const works = asked.length > 0 && !off
  return {
    host,
    installed: found.filter((file) => file.asked.length > 0).map((file) => file.path),
    missing,
    ...(works ? blockingOf(host, asked, version) : neverBlocks),
    notes: [...notes, ...twiceNotes(found), ...hostNotes(host, version), ...untriedNotes(host, version)],
  }
}

const no: Blocking = { blocks: false, known: 'verified' }
const neverBlocks: Pick<HostProbe, 'denial' | 'crash' | 'timeout'> = { denial: no, crash: no, timeout: no }

interface Looked {
  readonly path: string
  /** Our handlers of the event before a tool. */
  readonly asked: readonly JsonObject[]
  readonly events: readonly string[]
  readonly disabled: boolean
}

function lookInto(host: Host, { path, text }: FoundSettings, notes: string[]): Looked {
  const nothing: Looked = { path, asked: [], events: [], disabled: false }
  let settings: JsonObject
  try {
    settings = readSettings(text)
  } catch (error) {
    notes.push(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
    return nothing
  }
  if (settings['allowManagedHooksOnly'] === true) notes.push(`${path} lets only hooks of managed settings run: ours has to stand there.`)
  const hooks = settings['hooks']
  if (!isObject(hooks)) return { ...nothing, disabled: settings['disableAllHooks'] === true }
  const events = hookEvents(host).filter((event) => ownHandlers(host, hooks[event]).length > 0)
  return {
    path,
    asked: ownHandlers(host, hooks[hookEvents(host)[0] ?? '']),
    events,
    disabled: settings['disableAllHooks'] === true,
  }
}

/** Handlers of ours that see every tool: one behind a narrower matcher is not asked about the rest. */
function ownHandlers(host: Host, entries: Json | undefined): readonly JsonObject[] {
  if (!isList(entries)) return []
  return entries.filter(isObject).flatMap((entry) => {
    const matcher = entry['matcher']
    if (matcher !== undefined && matcher !== '*' && matcher !== '') return []
    const handlers = isList(entry['hooks']) ? entry['hooks'].filter(isObject) : [entry]
    return handlers.filter((handler) => typeof handler['command'] === 'string' && runsHook(handler['command'], host))
  })
}

function blockingOf(
  host: Host,
  asked: readonly JsonObject[],
  version: string | undefined,
): Pick<HostProbe, 'denial' | 'crash' | 'timeout'> {
  const guards = asked.some(({ command }) => typeof command === 'string' && isGuarded(command))
  switch (host) {
    case 'claude-code': {
      const own = asked.some((handler) => handler['onFailure'] === 'block')
      const knows = version === undefined ? undefined : !isOlder(version, claudeOnFailureVersion)
      const failing: Blocking = own && knows === undefined ? { blocks: false, known: 'unknown' } : verified(own && knows === true)
      return { denial: verified(true), crash: guards ? verified(true) : failing, timeout: failing }
    }
    case 'codex':
      return { denial: verified(true), crash: verified(guards), timeout: verified(false) }
    case 'cursor': {
      const closed = asked.some((handler) => handler['failClosed'] === true)
      return { denial: documented(true), crash: documented(closed || guards), timeout: documented(closed) }
    }
    default:
      return unreachable(host)
  }
}

function verified(blocks: boolean): Blocking {
  return { blocks, known: 'verified' }
}

function documented(blocks: boolean): Blocking {
  return { blocks, known: 'documented' }
}

function hostNotes(host: Host, version: string | undefined): readonly string[] {
  switch (host) {
    case 'claude-code':
      return [
        ...(version !== undefined && isOlder(version, claudeOnFailureVersion)
          ? [`Claude Code ${version} goes on when the hook takes too long; from ${claudeOnFailureVersion} on it blocks.`]
          : []),
        'Started with --bare, --safe-mode or other --setting-sources, Claude Code runs without this hook and does not say so.',
      ]
    case 'codex':
      return [
        'Codex skips a hook that nobody has trusted, without a word in `codex exec`: trust it once with /hooks, and again after it changed.',
        "What is typed into a command that still runs (`write_stdin`) is asked about by none of Codex's hooks.",
        'Codex goes on when the hook takes too long.',
      ]
    case 'cursor':
      return ['Cursor was not tried: what is said of it here is what its documents say.']
    default:
      return unreachable(host)
  }
}

function twiceNotes(found: readonly Looked[]): readonly string[] {
  const paths = found.filter(({ asked }) => asked.length > 0).map(({ path }) => path)
  return paths.length > 1 ? [`The hook is in ${paths.join(' and in ')}: every use is asked about and recorded more than once.`] : []
}

function untriedNotes(host: Host, version: string | undefined): readonly string[] {
  const tried = triedVersions[host]
  const own = version === undefined ? undefined : partsOf(version).join('.')
  if (tried.length === 0 || own === undefined || tried.includes(own)) return []
  return [`Version ${own} was not tried: what is said here is what ${tried.join(', ')} did.`]
}

/** Compares `major.minor.patch`; what is no version is older than any. */
function isOlder(version: string, than: string): boolean {
  const [left, right] = [partsOf(version), partsOf(than)]
  for (const [index, part] of right.entries()) {
    const own = left[index] ?? -1
    if (own !== part) return own < part
  }
  return false
}

function partsOf(version: string): readonly number[] {
  const [, ...parts] = /(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  return parts.map(Number)
}
