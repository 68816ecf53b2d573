import { createLogVerifier, evolve, initialRun, maxPageEntries } from '@ice-runtime/kernel'
import type { IceEntry, Run, RunId, StoreReader } from '@ice-runtime/kernel'
import { openIceReader, sha256 } from '@ice-runtime/ice'
import { replayRun, verifyStore } from '@ice-runtime/runtime'
import { openHashChain } from './reference/hash-chain.ts'
import { isReading } from './reading.ts'
import type { Reading, ReadingResult } from './reading.ts'

/** Reads a log whole in one of several ways, twice: the first pass compiles the code, the second is timed. */
async function main(): Promise<void> {
  const [, , reading = '', path = ''] = process.argv
  if (!isReading(reading)) throw new Error(`no reading is called ${reading}`)
  await readings[reading](path)
  const started = performance.now()
  const entries = await readings[reading](path)
  const ms = performance.now() - started
  const answer: ReadingResult = { entries, ms, peakMiB: process.resourceUsage().maxRSS / 1024 }
  console.log(JSON.stringify(answer))
}

const readings: Readonly<Record<Reading, (path: string) => number | Promise<number>>> = {
  reference: (path) => {
    using chain = openHashChain(path, '')
    return chain.replay()
  },
  replay: (path) => withLog(path, replayVerified),
  verify: (path) =>
    withLog(path, (log) => {
      const { problems, violations, blobs, store, entryCount } = verifyStore(log, sha256)
      if (problems.length + violations.length + blobs.length + store.length > 0) throw new Error('the log is not sound')
      return entryCount
    }),
  decide: (path) => withLog(path, replayDecided),
}

async function withLog<Result>(path: string, read: (log: StoreReader) => Result): Promise<Awaited<Result>> {
  await using log = openIceReader(path)
  return await read(log)
}

/** Every entry read, its hash and place in chain and tree checked, its body decoded, and the state of its run folded. */
function replayVerified({ log }: StoreReader): number {
  const edge = log.edge()
  const verifier = createLogVerifier({ logId: log.logId, sha256 }, { edge })
  const runs = new Map<RunId, Run>()
  for (let from = 1; from <= edge.size; from += maxPageEntries) {
    for (const stored of log.read({ from, to: edge.size }, maxPageEntries)) {
      const entry = verifier.check(stored)
      if (entry === undefined || entry.stream === 'system') continue
      runs.set(entry.stream, evolve(runs.get(entry.stream) ?? initialRun(entry.stream), entry as IceEntry))
    }
  }
  const { entryCount, problems } = verifier.finish()
  if (problems.length > 0) throw new Error('the log is not sound')
  return entryCount
}

/** Every decision decided again and every state folded, whole and in pieces. */
async function replayDecided(store: StoreReader): Promise<number> {
  let entries = 0
  for (let page = store.log.streams({ limit: maxPageEntries }); page.length > 0;) {
    for (const stream of page) {
      if (stream === 'system') continue
      const report = await replayRun(store, stream, { sha256, host: undefined })
      if (!report.identical) throw new Error(`${stream} does not replay`)
      entries += report.entries
    }
    const after = page.at(-1)
    page = after === undefined ? [] : store.log.streams({ after, limit: maxPageEntries })
  }
  return entries
}

await main()
