import { existsSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { readHookCall, settingsPaths } from '@ice-runtime/ice/host'
import type { Host } from '@ice-runtime/ice/host'

/** Where a host says that its project is. */
const projectVariables: { readonly [host in Host]?: string } = { 'claude-code': 'CLAUDE_PROJECT_DIR', cursor: 'CURSOR_PROJECT_DIR' }

/**
 * The project that a call of a hook is about: where its host says, or else the nearest directory upwards with the hook in its settings,
 * because an agent's shell moves about, or else where it stands. Links resolved. Throws `hook.malformed`.
 */
export function projectRoot(host: Host, payload: string, environment: { readonly [name: string]: string | undefined }): string {
  const { cwd } = readHookCall(host, payload)
  const variable = projectVariables[host]
  const told = variable === undefined ? undefined : environment[variable]
  return realOf(told !== undefined && isAbsolute(told) ? told : nearestWith(settingsPaths[host], cwd))
}

/** A directory that is gone is still what the call is about. */
function realOf(directory: string): string {
  return existsSync(directory) ? realpathSync(directory) : resolve(directory)
}

function nearestWith(settings: string, cwd: string): string {
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    if (existsSync(join(directory, settings))) return directory
    if (dirname(directory) === directory) return cwd
  }
}
