import { foldRun, readEntries } from '@ice-runtime/ice/record'
import { sha256 } from '@ice-runtime/ice/reader'
import { IceError, stateHash } from '@ice-runtime/kernel'
import type { IceEntry, Json, Run, StoreReader } from '@ice-runtime/kernel'
import { dataOf, openRecord } from '../place.ts'
import { readRun } from '../record/recorded-run.ts'
import type { RecordedRun } from '../record/recorded-run.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { padded, timeText, visible } from '../terminal/text.ts'
import { authorityLines } from './authority-text.ts'
import { authorityTree } from './authority-tree.ts'
import { plainRun } from './plain-run.ts'
import { storyJson, storyLines } from './whole-story.ts'

/** `ice show` */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const face = faceOf(options)
  await using store = openRecord(options)
  const recorded = readRun(store, args[0] ?? 'last', options.amount('at'))
  const folded = foldRun(recorded.id, recorded.entries)
  const shown: Shown = { recorded, folded, store, data: dataOf(options) }
  switch (face) {
    case 'events':
      showEvents(recorded.entries, terminal)
      break
    case 'state':
      showState(folded, terminal)
      break
    case 'diff':
      await showDiff(shown, terminal)
      break
    case 'authority':
      showAuthority(shown, terminal)
      break
    case 'story':
      showStory(shown, terminal)
      break
  }
  return 'ok'
}

interface Shown {
  readonly recorded: RecordedRun
  readonly folded: Run
  readonly store: StoreReader
  readonly data: string
}

type Face = 'events' | 'state' | 'diff' | 'authority' | 'story'

function faceOf(options: OptionValues): Face {
  const asked = (['events', 'state', 'diff', 'authority'] as const).filter((face) => options.flag(face))
  if (asked.length > 1) throw new IceError('usage.invalid', `--${asked.join(' and --')} are different ways to look: give one`)
  return asked[0] ?? 'story'
}

function showEvents(entries: readonly IceEntry[], { data, json }: Terminal): void {
  for (const { stream, seq, ...entry } of entries) {
    if (json) data.line(JSON.stringify({ stream, seq, ...entry }))
    else {
      const place = `${timeText(entry.at)}  ${`#${seq}`.padEnd(5)}  ${padded(entry.origin, 8)}`
      data.line(`${data.paint('faint', place)}  ${padded(entry.type, 22)}  ${visible(JSON.stringify(entry.payload))}`)
    }
  }
}

function showState(folded: Run, { data, json }: Terminal): void {
  const plain = { stateHash: stateHash(folded, sha256), ...plainRun(folded) }
  // JSON escapes controls, but not what only hides or reorders text.
  const lines = json
    ? [JSON.stringify(plain)]
    : JSON.stringify(plain, undefined, 2)
        .split('\n')
        .map((line) => visible(line))
  for (const line of lines) data.line(line)
}

async function showDiff({ folded, store }: Shown, { data, talk, json }: Terminal): Promise<void> {
  const changes = folded.staged.entries().map(([, change]) => change)
  // The renderer is heavy, and no other command for reading needs it.
  const { renderDiff } = await import('@ice-runtime/ice/diff')
  const diff = renderDiff(changes, store.blobs)
  if (json) return data.line(JSON.stringify({ run: folded.id, changes: changes as unknown as Json, diff }))
  if (changes.length === 0) return talk.line('nothing is staged')
  for (const line of diff.replace(/\n$/, '').split('\n')) data.line(paintedDiff(line, data.paint))
}

function paintedDiff(line: string, paint: Terminal['data']['paint']): string {
  if (line.startsWith('diff ')) return paint('strong', line)
  if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('@@')) return paint('faint', line)
  if (line.startsWith('+')) return paint('good', line)
  return line.startsWith('-') ? paint('bad', line) : line
}

function showAuthority({ recorded, store }: Shown, { data, json }: Terminal): void {
  const tree = authorityTree(recorded.entries, (child) => readEntries(store.log, child))
  if (json) return data.line(JSON.stringify(tree))
  for (const line of authorityLines(tree, data)) data.line(line)
}

function showStory({ recorded, folded, data: directory }: Shown, terminal: Terminal): void {
  const { data, json } = terminal
  if (json) return data.line(JSON.stringify(storyJson({ recorded, folded, directory })))
  for (const line of storyLines({ recorded, folded, directory }, data)) data.line(line)
}
