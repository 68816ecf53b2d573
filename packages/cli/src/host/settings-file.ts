import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { settingsPaths } from '@ice-runtime/ice/host'
import type { Host } from '@ice-runtime/ice/host'
import { IceError } from '@ice-runtime/kernel'

export const settingsScopes = ['project', 'user'] as const
export type SettingsScope = (typeof settingsScopes)[number]

/** Where a host keeps what holds for all projects of a user, if not in their home. */
const homeVariables: { readonly [host in Host]?: string } = { 'claude-code': 'CLAUDE_CONFIG_DIR', codex: 'CODEX_HOME' }

/** Where a host reads its hooks, for one project or for all of this user. */
export function settingsFile(host: Host, scope: SettingsScope, workspace: string): string {
  if (scope === 'project') return join(workspace, settingsPaths[host])
  const variable = homeVariables[host]
  const home = variable === undefined ? undefined : process.env[variable]
  return home === undefined || home === '' ? join(homedir(), settingsPaths[host]) : join(home, basename(settingsPaths[host]))
}

/** What a host reads besides: settings of one person in one project, and those of whoever runs the machine. */
const furtherFiles: { readonly [host in Host]?: readonly string[] } = {
  'claude-code': [
    '.claude/settings.local.json',
    '/etc/claude-code/managed-settings.json',
    '/Library/Application Support/ClaudeCode/managed-settings.json',
  ],
}

/** Every file in which a host may find hooks, or be told to use none. */
export function settingsFiles(host: Host, workspace: string): readonly string[] {
  const further = (furtherFiles[host] ?? []).map((path) => resolve(workspace, path))
  return [...new Set([...settingsScopes.map((scope) => settingsFile(host, scope, workspace)), ...further])]
}

/** Undefined where there is no such file. */
export function readSettingsFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

const permissionBits = 0o777

/**
 * Replaces the file whole: a host that reads it meanwhile finds the one or the other. Whoever could read it still can and nobody else,
 * and where it is a link it stays one: settings are often kept elsewhere.
 */
export function writeSettingsFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const there = existsSync(path) ? realpathSync(path) : path
    const next = `${there}.${process.pid}.tmp`
    const mode = existsSync(there) ? statSync(there).mode & permissionBits : undefined
    writeFileSync(next, text, { flag: 'wx', ...(mode === undefined ? {} : { mode }) })
    // The mask of the process has narrowed it.
    if (mode !== undefined) chmodSync(next, mode)
    renameSync(next, there)
  } catch (cause) {
    throw new IceError('files.failed', `${path} cannot be written`, { cause })
  }
}
