import { createLogVerifier, evolve, initialRun, maxPageEntries } from '@ice-runtime/kernel'
import type { IceEntry, Run, RunId, StoreReader } from '@ice-runtime/kernel'
import { openIceReader, sha256, verifies } from '@ice-runtime/ice'
import { replayRun, verifyStore } from '@ice-runtime/runtime'
import { openChainedRows } from './reference/chained-rows.ts'
import { isReading, readingNames } from './reading.ts'
import type { Reading, ReadingPeak, ReadingTimes } from './reading.ts'

/**
 * `times COUNT CHAIN DATA` reads both logs whole by turns, in each way, and prints the microseconds of an entry; `peak READING PATH`
 * reads one log once and prints what the process needed at most.
 */
async function main(): Promise<void> {
  const [, , mode, ...args] = process.argv
  console.log(JSON.stringify(mode === 'peak' ? await measurePeak(args) : await measureTimes(args)))
}

async function measurePeak([reading = '', path = '']: readonly string[]): Promise<ReadingPeak> {
  if (!isReading(reading)) throw new Error(`no reading is called ${reading}`)
  await readings[reading](path)
  return { peakMiB: process.resourceUsage().maxRSS / 1024 }
}

async function measureTimes([count = '', chain = '', data = '']: readonly string[]): Promise<ReadingTimes> {
  const times: { readonly [Each in Reading]: number[] } = { reference: [], replay: [], verify: [], decide: [] }
  // The first round compiles the code.
  for (let repetition = 0; repetition <= Number(count); repetition += 1) {
    for (const reading of readingNames) {
      const started = performance.now()
      const entries = await readings[reading](reading === 'reference' ? chain : data)
      const microseconds = (1000 * (performance.now() - started)) / entries
      if (repetition > 0) times[reading].push(microseconds)
    }
  }
  return times
}

const readings: Readonly<Record<Reading, (path: string) => number | Promise<number>>> = {
  reference: (path) => {
    using rows = openChainedRows(path)
    return rows.replay()
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
      const report = await replayRun(store, stream, { sha256, verifies, host: undefined })
      if (!report.identical) throw new Error(`${stream} does not replay`)
      entries += report.entries
    }
    const after = page.at(-1)
    page = after === undefined ? [] : store.log.streams({ after, limit: maxPageEntries })
  }
  return entries
}

await main()
