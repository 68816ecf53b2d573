import { parseHost } from '@ice-runtime/ice/host'
import { IceError } from '@ice-runtime/kernel'
import { perform } from '../authority/perform.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What an operator gives a host: recorded as their decision, in force from its next use of a tool on. */
export async function configureHost({ args, options }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  const host = parseHost(args[0] ?? '')
  const observe = observeOf(options)
  const allow = allowOf(options)
  await perform({ method: 'configureHost', host, ...observe, ...allow }, options)
  if (json) data.line(JSON.stringify({ host, ...observe, ...allow }))
  else talk.line(sentence(host, { ...observe, ...allow }))
  return 'ok'
}

function observeOf(options: OptionValues): { readonly observe?: boolean } {
  const state = options.text('observe')
  if (state === undefined) return {}
  if (state !== 'on' && state !== 'off') throw new IceError('usage.invalid', `--observe is on or off, not ${JSON.stringify(state)}`)
  return { observe: state === 'on' }
}

/** An empty list is all that a host does. */
function allowOf(options: OptionValues): { readonly allow?: readonly string[] } {
  const allow = options.list('allow')
  if (!options.flag('allowAll')) return allow.length === 0 ? {} : { allow }
  if (allow.length > 0) throw new IceError('usage.invalid', '--allow-all gives everything: name nothing beside it')
  return { allow: [] }
}

function sentence(host: string, given: { readonly observe?: boolean; readonly allow?: readonly string[] }): string {
  const observed = { true: 'is only observed: it is told nothing and held back from nothing', false: 'is held to what it is told' }
  const parts = [
    ...(given.observe === undefined ? [] : [observed[`${given.observe}`]]),
    ...(given.allow === undefined
      ? []
      : [given.allow.length === 0 ? 'is granted all that it does' : `is granted ${given.allow.join(', ')}`]),
  ]
  return `${host} ${parts.join(', and ')}`
}
