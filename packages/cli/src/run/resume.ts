import { readEntries } from '@ice-runtime/ice/record'
import type { RunId } from '@ice-runtime/kernel'
import { placeText } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { openModels } from './models.ts'
import { orderOwner, runToOrder, tellOrdered } from './order.ts'
import { openIce } from './run.ts'
import { declaredSecrets } from './secrets.ts'
import { listenForSignals } from './signals.ts'
import { foldNow, tellEnd } from './tell-end.ts'
import { watchAndAsk } from './watch-and-ask.ts'
import { newStory } from './watch.ts'

/** `ice resume`. Where no process has the run, this one takes it up and stays with it. */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  const { options } = invocation
  const id = await runToOrder(invocation)
  if (await orderOwner(options, { method: 'resume', run: id })) return await tellOrdered(id, { options, awaitsEnd: false }, terminal)
  return await takeUp(id, options, terminal)
}

async function takeUp(id: RunId, options: OptionValues, terminal: Terminal): Promise<Exit> {
  const models = openModels(options.list('model'), { environment: process.env, declared: declaredSecrets(options) })
  using signals = listenForSignals()
  const ice = await openIce(options, { models: models.providers, secrets: models.secrets, terminal })
  try {
    const from = ice.store.log.lastPosition() + 1
    const story = newStory()
    // What was proposed before is called by its name when its verdict comes now.
    for (const entry of readEntries(ice.store.log, id)) story.teller.tell(entry)
    const handle = await ice.runtime.resume(id, { by: ice.principal.subject })
    const watched = await watchAndAsk({ ice, handle, from, signals, story }, options, terminal)
    return tellEnd(watched, { ice, run: id, folded: foldNow(ice, id), strict: false, place: placeText(options) }, terminal)
  } finally {
    await ice.close('suspend')
  }
}
