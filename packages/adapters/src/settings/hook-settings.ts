import type { Json, JsonObject } from '@ice-runtime/kernel'
import type { Host } from '../host.ts'
import { guarded, hookTimeoutSeconds, runsHook } from './hook-plan.ts'
import { isList, isObject, listAt, objectAt, readSettings, writeSettings } from './settings-text.ts'

/** The events a host is asked to report: the first is answered, the others are records. */
const claudeEvents = ['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'SessionStart', 'SessionEnd'] as const
const codexEvents = ['PreToolUse', 'PostToolUse', 'SessionStart', 'SessionEnd'] as const
const cursorEvents = ['preToolUse', 'postToolUse', 'postToolUseFailure', 'sessionStart', 'sessionEnd'] as const

/** Where a host reads hooks, relative to a project. */
export const settingsPaths: Readonly<Record<Host, string>> = {
  'claude-code': '.claude/settings.json',
  codex: '.codex/hooks.json',
  cursor: '.cursor/hooks.json',
}

export function hookEvents(host: Host): readonly string[] {
  return { 'claude-code': claudeEvents, codex: codexEvents, cursor: cursorEvents }[host]
}

/** The settings that put a hook on a project, on their own. `command` is what runs it: `ice hook claude-code`. */
export function hookSettings(host: Host, command: string): JsonObject {
  return merged(host, {}, command)
}

/**
 * The text of a settings file with the hook in it. An entry of an earlier installation is replaced, everything else stays, in its
 * order; installing again changes nothing. Throws `hook.settings_malformed` and touches nothing where the text is no plain JSON.
 */
export function installHook(host: Host, text: string | undefined, command: string): string {
  const settings = readSettings(text)
  const result = merged(host, settings, command)
  return text !== undefined && JSON.stringify(result) === JSON.stringify(settings) ? text : writeSettings(result, text)
}

/**
 * The text of a settings file without the hook; undefined where there is no file. Only our own commands go, and what holds nothing
 * else. Throws `hook.settings_malformed`.
 */
export function uninstallHook(host: Host, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const settings = readSettings(text)
  const hooks = objectAt(settings, 'hooks')
  const kept = Object.entries(hooks).flatMap(([event, entries]): readonly (readonly [string, Json])[] => {
    if (!isList(entries)) return [[event, entries]]
    const others = entries.map((existing) => withoutOwn(host, existing)).filter((existing) => existing !== undefined)
    return others.length === 0 && entries.length > 0 ? [] : [[event, others]]
  })
  const { hooks: _hooks, ...rest } = settings
  const result = kept.length === 0 && Object.keys(hooks).length > 0 ? rest : { ...settings, hooks: Object.fromEntries(kept) }
  return JSON.stringify(result) === JSON.stringify(settings) ? text : writeSettings(result, text)
}

function merged(host: Host, settings: JsonObject, command: string): JsonObject {
  const hooks = objectAt(settings, 'hooks')
  const added = hookEvents(host).map((event): [string, Json] => [
    event,
    entriesWith(host, listAt(hooks, event), entry(host, event, command)),
  ])
  return {
    ...(host === 'cursor' ? { version: 1 } : {}),
    ...settings,
    hooks: { ...hooks, ...Object.fromEntries(added) },
  }
}

/** Puts the entry where an earlier one of ours stands, or at the end. */
function entriesWith(host: Host, entries: readonly Json[], own: JsonObject): readonly Json[] {
  const others = entries.map((existing) => withoutOwn(host, existing))
  const index = entries.findIndex((_existing, at) => others[at] === undefined)
  const kept = others.filter((existing) => existing !== undefined)
  return index === -1 ? [...kept, own] : kept.toSpliced(index, 0, own)
}

/** An entry without our commands in it; undefined when nothing else was. */
function withoutOwn(host: Host, existing: Json): Json | undefined {
  if (!isObject(existing)) return existing
  if (isOwn(host, existing)) return undefined
  const handlers = existing['hooks']
  if (!isList(handlers)) return existing
  const kept = handlers.filter((handler) => !isOwn(host, handler))
  if (kept.length === handlers.length) return existing
  return kept.length === 0 ? undefined : { ...existing, hooks: kept }
}

function isOwn(host: Host, handler: Json): boolean {
  return isObject(handler) && typeof handler['command'] === 'string' && runsHook(handler['command'], host)
}

function entry(host: Host, event: string, command: string): JsonObject {
  const asked = event === hookEvents(host)[0]
  const timeout = hookTimeoutSeconds
  if (host === 'cursor') return { command: asked ? guarded(command) : command, timeout, ...(asked ? { failClosed: true } : {}) }
  const handler = { type: 'command', command: asked ? guarded(command) : command, timeout }
  // Claude Code from 2.1.295 on blocks by itself when the hook fails or takes too long; earlier ones pass over the member.
  const own = asked && host === 'claude-code' ? { ...handler, onFailure: 'block' } : handler
  return event.includes('Tool') ? { matcher: '*', hooks: [own] } : { hooks: [own] }
}
