import { hookSettings, installHook, parseHost, uninstallHook } from '@ice-runtime/ice/host'
import type { Host } from '@ice-runtime/ice/host'
import { IceError } from '@ice-runtime/kernel'
import { workspaceOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { hookCommand } from './hook-command.ts'
import { readSettingsFile, settingsFile, settingsScopes, writeSettingsFile } from './settings-file.ts'
import type { SettingsScope } from './settings-file.ts'

/** `ice hook HOST --install`, `--uninstall`, `--print`. Nothing but our own entries of a settings file is touched. */
export function installHookFiles(what: 'install' | 'uninstall' | 'print', { args, options }: Invocation, terminal: Terminal): Exit {
  const host = parseHost(args[0] ?? '')
  const command = hookCommand(host, options)
  if (what === 'print') {
    terminal.data.line(JSON.stringify(hookSettings(host, command), undefined, 2))
    return 'ok'
  }
  const path = settingsFile(host, scopeOf(options), workspaceOf(options))
  const before = readSettingsFile(path)
  const after = what === 'install' ? installHook(host, before, command) : uninstallHook(host, before)
  const changed = after !== undefined && after !== before
  if (changed) writeSettingsFile(path, after)
  tell({ host, path, what, changed }, terminal)
  return 'ok'
}

interface Installed {
  readonly host: Host
  readonly path: string
  readonly what: 'install' | 'uninstall'
  readonly changed: boolean
}

function tell({ host, path, what, changed }: Installed, { data, talk, json, program }: Terminal): void {
  if (json) {
    data.line(JSON.stringify({ host, path, installed: what === 'install', changed }))
    return
  }
  const done = { install: 'the hook is in', uninstall: 'the hook is out of' }[what]
  const was = { install: 'the hook was in', uninstall: 'there was no hook in' }[what]
  talk.line(`${changed ? done : was} ${visible(path)}`)
  if (what !== 'install') return
  talk.line(talk.paint('faint', `until a policy is adopted, ${host} may only look at what is in the project`))
  talk.line(talk.paint('faint', `see whether ${host} keeps to it: ${program} doctor`))
}

function scopeOf(options: OptionValues): SettingsScope {
  const text = options.text('scope') ?? 'project'
  const scope = settingsScopes.find((known) => known === text)
  if (scope === undefined) throw new IceError('usage.invalid', `--scope is project or user, not ${JSON.stringify(text)}`)
  return scope
}
