import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { emptyHead, parseLogId, parseRunId, seal, systemStream } from '@ice-runtime/kernel'
import type { Appending, AppendRequest, LogWriter, StreamHead } from '@ice-runtime/kernel'
import { createHolding, holdEntries } from './held-entries.ts'
import type { HeldEntries, Holding } from './held-entries.ts'

const run = parseRunId('run_aaaaaaaaaaaa')
const context = { logId: parseLogId('log_0123456789ab'), sha256: (bytes: Uint8Array) => hash('sha256', bytes, 'buffer') }

/** How the system stream ended at four times. */
const standing = [0, 1, 2, 3].map((seq): StreamHead => ({ ...emptyHead(systemStream, context), seq })) as [
  StreamHead,
  StreamHead,
  StreamHead,
  StreamHead,
]

function entryAt(seq: number): Appending {
  const body = { type: 'Noted', v: 1, origin: 'runtime', at: 1, causes: [], payload: {} } as const
  return { sealed: seal(body, { ...emptyHead(run, context), seq: seq - 1 }, context), entry: { ...body, stream: run, seq } }
}

function entriesFrom(first: number, count: number): readonly Appending[] {
  return Array.from({ length: count }, (_, index) => entryAt(first + index))
}

/** What reached the log: urgency, where the run and the system were expected to end, and which entries. */
function told({ urgency, expects, entries }: AppendRequest): string {
  return `${urgency} after ${expects.map(({ seq }) => seq).join('/')}: ${entries.map(({ sealed }) => sealed.seq).join(' ')}`
}

function holding(): { readonly requests: string[]; readonly holding: Holding; readonly held: HeldEntries; readonly unasked: number[] } {
  const requests: string[] = []
  const unasked: number[] = []
  const log: LogWriter = {
    append: async (request) => {
      requests.push(told(request))
      return { outcome: 'appended', position: 1 }
    },
    flush: async () => undefined,
  }
  const shared = createHolding()
  const held = holdEntries(run, { log, holding: shared, limit: 4, onAppend: () => void unasked.push(requests.length) })
  return { requests, holding: shared, held, unasked }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('what nobody waits for enters with what somebody does, in one request and in order', async () => {
  const { requests, held, unasked } = holding()
  held.add(entriesFrom(5, 2), 4, standing[0])
  held.hold()
  await Promise.resolve()
  held.add(entriesFrom(7, 1), 6, standing[0])
  await held.append('now')
  await nextTurn()
  expect([requests, unasked]).toEqual([['now after 4/0: 5 6 7'], []])
})

test('what nobody follows enters by itself before the turn ends, of all runs that hold', async () => {
  const { requests, held, unasked } = holding()
  held.add(entriesFrom(1, 1), 0, standing[3])
  held.hold()
  await nextTurn()
  held.add(entriesFrom(2, 1), 1, standing[3])
  held.hold()
  expect(requests).toEqual(['lazy after 0/3: 1'])
  await nextTurn()
  expect([requests, unasked]).toEqual([
    ['lazy after 0/3: 1', 'lazy after 1/3: 2'],
    [1, 2],
  ])
})

test('who flushes has everything handed over at once', () => {
  const { requests, holding: shared, held } = holding()
  held.add(entriesFrom(1, 1), 0, standing[0])
  held.hold()
  shared.releaseAll()
  shared.releaseAll()
  expect(requests).toEqual(['lazy after 0/0: 1'])
})

test('what was decided under another standing enters apart', async () => {
  const { requests, held } = holding()
  held.add(entriesFrom(1, 1), 0, standing[0])
  held.hold()
  held.add(entriesFrom(2, 1), 1, standing[1])
  await held.append('now')
  expect(requests).toEqual(['lazy after 0/0: 1', 'now after 1/1: 2'])
})

test('no run holds back more than its limit', () => {
  const { requests, held } = holding()
  for (let seq = 1; seq <= 10; seq += 1) {
    held.add(entriesFrom(seq, 1), seq - 1, standing[0])
    held.hold()
  }
  expect(requests).toEqual(['lazy after 0/0: 1 2 3 4', 'lazy after 4/0: 5 6 7 8'])
})
