import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ledgerDrivers, readLedger } from '@ice-runtime/effects'
import { createIce } from '@ice-runtime/ice'
import { decodeEntry, maxPageEntries, splitEntryId } from '@ice-runtime/kernel'
import type { EntryId, GrantTerms } from '@ice-runtime/kernel'
import { bookkeeper } from './bookkeeper.ts'

const place = mkdtempSync(join(tmpdir(), 'ice-ledger-'))
const directory = join(place, 'ledger')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

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
