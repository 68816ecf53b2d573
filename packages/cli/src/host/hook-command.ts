import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import type { Host } from '@ice-runtime/ice/host'
import { IceError } from '@ice-runtime/kernel'
import type { OptionValues } from '../table/option-values.ts'

/** What the host starts: `ice`, where it is to be found as that, else this very program by its path. */
export function hookCommand(host: Host, options: OptionValues): string {
  const data = options.text('data')
  const rest = ['hook', host, ...(data === undefined ? [] : ['--data', quoted(resolve(data))])].join(' ')
  if (findOnPath('ice') !== undefined) return `ice ${rest}`
  return `${[process.execPath, ...process.execArgv, process.argv[1] ?? ''].map(quoted).join(' ')} ${rest}`
}

/** Where a shell would find the program; undefined for none. A relative place is another one in every directory, so it counts for none. */
export function findOnPath(name: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory))
  return places.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** For a shell, and for the guard that wraps it. Throws `usage.invalid` for what no quotes of it hold. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (/["$`\\\n]/.test(word)) throw new IceError('usage.invalid', `${JSON.stringify(word)} cannot stand in the settings of a host`)
  return `"${word}"`
}
