import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { Driver } from '@ice-runtime/kernel'
import { defineEffect } from '../define-effect.ts'
import type { EffectContext, EffectDefinition, EffectReceipt } from '../effect-definition.ts'
import { openLedgerFile } from './ledger-file.ts'
import type { LedgerFile, LedgerRecord } from './ledger-file.ts'

/** A trillion units: a sum nobody posts by accident, and every balance stays a safe integer for thousands of records. */
const maxAmountMicro = 1_000_000_000_000
const accountSchema = z
  .string()
  .max(63)
  .regex(/^[a-z][a-z0-9-]{0,62}$/)

const entryArgs = z.strictObject({
  account: accountSchema,
  /** Millionths of the ledger's currency. */
  amountMicro: z.int().min(1).max(maxAmountMicro),
  memo: z.string().max(500).default(''),
  /** Makes the ledger fail: `before` it records anything, or `after` it recorded, with its answer lost. */
  fail: z.enum(['before', 'after']).optional(),
})
type EntryArgs = z.infer<typeof entryArgs>

const entryResult = z.strictObject({ seq: z.int(), key: z.string() })
type EntryResult = z.infer<typeof entryResult>

const balanceArgs = z.strictObject({ account: accountSchema })
const balanceResult = z.strictObject({ account: z.string(), balanceMicro: z.int(), recordCount: z.int() })

/**
 * An outside system on disk with one action for each way an effect can behave: `ledger.post` (keyed, can be taken back),
 * `ledger.transfer` (irreversible, can be asked about), `ledger.wire` (irreversible, cannot) and `ledger.balance` (a read that
 * leaves the machine). Transfers and wires spend money, postings are bookkeeping. What really happened is in `readLedger(directory)`.
 */
export function ledgerDrivers(options: { readonly directory: string; readonly name?: string }): readonly Driver[] {
  const name = options.name ?? 'main'
  const ledger = openLedgerFile(options.directory)
  return [postDriver(ledger, name), transferDriver(ledger, name), wireDriver(ledger, name), balanceDriver(ledger, name)]
}

function postDriver(ledger: LedgerFile, name: string): Driver {
  return defineEffect({
    ...entryDefinition(name),
    action: 'ledger.post',
    description: 'Post an amount to an account. Posting again under the same key records nothing new.',
    class: 'keyed',
    describe: ({ account, amountMicro }) => `Post ${units(amountMicro)} to ${account} in ledger ${name}.`,
    perform: (args, { key }) => {
      const earlier = ledger.find('post', key)
      if (earlier === undefined) return record(ledger, 'post', { args, key })
      if (!isSame(earlier, args)) throw new IceError('effect.failed', 'another posting was made under this key')
      return receiptOf(earlier)
    },
    compensate: async (args, { result }, { key }) => {
      const draft = {
        kind: 'reversal',
        key,
        account: args.account,
        amountMicro: -args.amountMicro,
        memo: `reverses ${result.seq}`,
      } as const
      return receiptOf(ledger.find('reversal', key) ?? ledger.append(draft))
    },
  })
}

function transferDriver(ledger: LedgerFile, name: string): Driver {
  return defineEffect({
    ...entryDefinition(name),
    action: 'ledger.transfer',
    description: 'Transfer an amount to an account, for good. Whether it happened can be asked afterwards.',
    class: 'irreversible',
    costBound: ({ amountMicro }) => ({ moneyMicro: amountMicro }),
    describe: ({ account, amountMicro }) => `Transfer ${units(amountMicro)} to ${account} in ledger ${name}, for good.`,
    perform: (args, { key }) => record(ledger, 'transfer', { args, key }),
    probe: async (_args, { key }) => {
      const earlier = ledger.find('transfer', key)
      return earlier === undefined ? { found: 'not_done' } : { found: 'done', receipt: receiptOf(earlier) }
    },
  })
}

function wireDriver(ledger: LedgerFile, name: string): Driver {
  return defineEffect({
    ...entryDefinition(name),
    action: 'ledger.wire',
    description: 'Wire an amount to an account, for good. Nobody can say afterwards whether an interrupted wire happened.',
    class: 'irreversible',
    costBound: ({ amountMicro }) => ({ moneyMicro: amountMicro }),
    describe: ({ account, amountMicro }) => `Wire ${units(amountMicro)} to ${account} in ledger ${name}, for good.`,
    perform: (args, { key }) => record(ledger, 'wire', { args, key }),
  })
}

function balanceDriver(ledger: LedgerFile, name: string): Driver {
  return defineEffect({
    action: 'ledger.balance',
    version: 1,
    description: 'The balance of an account.',
    args: balanceArgs,
    result: balanceResult,
    class: 'observe',
    egress: [`ledger:${name}`],
    costBound: {},
    resources: ({ account }) => [`ledger:${name}/${account}`],
    label: 'untrusted/private',
    describe: ({ account }) => `Ask ledger ${name} for the balance of ${account}.`,
    perform: ({ account }) => {
      const records = ledger.records().filter((entry) => entry.account === account)
      const balanceMicro = records.reduce((sum, entry) => sum + entry.amountMicro, 0)
      return { result: { account, balanceMicro, recordCount: records.length } }
    },
  })
}

type EntryDefinition = Pick<EffectDefinition<EntryArgs, EntryResult>, 'version' | 'args' | 'result' | 'egress' | 'costBound' | 'resources'>

function entryDefinition(name: string): EntryDefinition {
  return {
    version: 1,
    args: entryArgs,
    result: entryResult,
    egress: [`ledger:${name}`],
    costBound: {},
    resources: ({ account }) => [`ledger:${name}/${account}`],
  }
}

function record(
  ledger: LedgerFile,
  kind: 'post' | 'transfer' | 'wire',
  { args, key }: { readonly args: EntryArgs; readonly key: EffectContext['key'] },
): EffectReceipt<EntryResult> {
  const { account, amountMicro, memo, fail } = args
  if (fail === 'before') throw new IceError('effect.failed', 'the ledger refused')
  const entry = ledger.append({ kind, key, account, amountMicro, memo })
  if (fail === 'after') throw new IceError('effect.uncertain', 'the ledger did not answer')
  return receiptOf(entry)
}

function receiptOf(entry: LedgerRecord): EffectReceipt<EntryResult> {
  const isSpent = entry.kind === 'transfer' || entry.kind === 'wire'
  return { result: { seq: entry.seq, key: entry.key }, ...(isSpent ? { cost: { moneyMicro: entry.amountMicro } } : {}) }
}

function isSame(entry: LedgerRecord, { account, amountMicro, memo }: EntryArgs): boolean {
  return entry.account === account && entry.amountMicro === amountMicro && entry.memo === memo
}

function units(amountMicro: number): string {
  return String(amountMicro / 1_000_000)
}
