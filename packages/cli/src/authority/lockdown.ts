import { readStanding } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { perform, reasonOf } from './perform.ts'

/** `ice lockdown on|off|status`. Off needs no reason, on does: whoever finds everything stopped wants to know why. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const [what = 'status'] = args
  if (what === 'status') return await tellStatus(options, terminal)
  if (what !== 'on' && what !== 'off') throw new IceError('usage.invalid', `${what} is no lockdown`, { hint: 'say on, off or status' })
  const [agent, reason] = [options.text('agent'), reasonOf(options)]
  if (what === 'on' && reason.trim() === '')
    throw new IceError('usage.invalid', 'say why, for the record', { hint: '--reason "it went wrong"' })
  await perform({ method: 'lockdown', on: what === 'on', ...(agent === undefined ? {} : { agent }), reason }, options)
  const { data, json } = terminal
  const about = agent === undefined ? 'everything' : visible(agent)
  data.line(json ? JSON.stringify({ lockdown: what, ...(agent === undefined ? {} : { agent }) }) : `lockdown ${what} for ${about}`)
  return 'ok'
}

async function tellStatus(options: Invocation['options'], { data, json }: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const { lockdown, lockedAgents } = readStanding(store.log).system
  const agents = [...lockedAgents].toSorted()
  if (json) data.line(JSON.stringify({ lockdown, agents }))
  else {
    data.line(lockdown ? data.paint('bad', 'everything is stopped') : 'no lockdown for everything')
    for (const agent of agents) data.line(`${data.paint('bad', 'stopped')}  ${visible(agent)}`)
  }
  return 'ok'
}
