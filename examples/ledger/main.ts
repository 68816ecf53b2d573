import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineAgent, functionAgent } from '@ice-runtime/agents'
import { ledgerDrivers, readLedger } from '@ice-runtime/effects'
import { createIce } from '@ice-runtime/ice'
import { decodeEntry, maxPageEntries, splitEntryId } from '@ice-runtime/kernel'
import type { EntryId, GrantTerms } from '@ice-runtime/kernel'

const place = mkdtempSync(join(tmpdir(), 'ice-ledger-'))
const directory = join(place, 'ledger')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

// None of these is sent when it is proposed. They leave one by one when the run commits: what can be repeated first.
const bookkeeper = functionAgent(
  defineAgent({
    name: 'bookkeeper',
    version: '1.0.0',
    requests: [{ actions: ['ledger.*'], resources: ['ledger:main/**'] }],
    async run(_input, { propose }) {
      // The ledger records the transfer and its answer is lost: nobody knows, until somebody asks.
      const transfer = await propose('ledger.transfer', { account: 'landlord', amountMicro: 900_000_000, memo: 'rent', fail: 'after' })
      const wire = await propose('ledger.wire', { account: 'broker', amountMicro: 5_000_000, memo: 'fee' })
      const post = await propose('ledger.post', { account: 'rent', amountMicro: 900_000_000, memo: 'rent of this month' })
      return [transfer, wire, post]
    },
  }),
)

const whole: GrantTerms = { actions: ['ledger.*'], resources: ['ledger:main/**'], class: 'irreversible', egress: ['ledger:main'] }

await using ice = await createIce({ workspace: null, data: join(place, 'data'), effects: ledgerDrivers({ directory }) })
const handle = await ice.run(bookkeeper, { grants: [whole] })
const { outcome, releases, unsent } = await handle.done
say(`run ${handle.id}: ${outcome}, releases: ${releases}`)
say(`the ledger has: ${recorded()}`)

// The first that did not succeed stopped the rest: one was sent and has no answer, the other never left.
const entries = ice.store.log.read({ stream: handle.id }, maxPageEntries).map(decodeEntry)
for (const id of unsent) {
  const { seq } = splitEntryId(id as EntryId)
  const isWithheld = entries.some((entry) => entry.type === 'ActionWithheld' && entry.payload.action === seq)
  say(
    `${id}: ${isWithheld ? 'withheld, never sent' : `uncertain; the ledger is asked and says ${await ice.runtime.reconcile(handle.id, seq, 'probe')}`}`,
  )
}
say(`the ledger still has: ${recorded()}`)

function recorded(): string {
  return readLedger(directory)
    .map(({ kind, account }) => `${kind} ${account}`)
    .join(', ')
}
