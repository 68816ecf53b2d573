import { resolve } from 'node:path'
import { defaultDataDirectory, openIceReader } from '@ice-runtime/ice/reader'
import { IceError, runsView } from '@ice-runtime/kernel'
import type { RunId, RunSummary, StoreReader } from '@ice-runtime/kernel'
import { newestFirst, runSummaries } from './record/run-summaries.ts'
import type { OptionValues } from './table/option-values.ts'

/** The data directory a command line means. */
export function dataOf(options: OptionValues): string {
  const named = options.text('data')
  return named === undefined ? defaultDataDirectory(workspaceOf(options), process.env) : resolve(named)
}

/** The data directory of a project that the command line does not stand in. */
export function dataAt(project: string, options: OptionValues): string {
  const named = options.text('data')
  return named === undefined ? defaultDataDirectory(project, process.env) : resolve(named)
}

export function workspaceOf(options: OptionValues): string {
  return resolve(options.text('workspace') ?? process.cwd())
}

/** What a hint must add to find the same record again; empty where the default does. */
export function placeText(options: OptionValues): string {
  const data = dataOf(options)
  return data === defaultDataDirectory(process.cwd(), process.env) ? '' : ` --data ${quoted(data)}`
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Opens the record for reading. Throws `data.unreadable` with where it looked. */
export function openRecord(options: OptionValues): StoreReader {
  const data = dataOf(options)
  try {
    return openIceReader(data)
  } catch (error) {
    if (!(error instanceof IceError) || error.code !== 'data.unreadable') throw error
    throw new IceError('data.unreadable', `there is no log in ${data}`, {
      cause: error,
      hint: 'name the data directory with --data or ICE_DATA',
    })
  }
}

/** `last`, an id, or the beginning of one, with or without `run_`. Throws `run.not_found`, `usage.invalid` for several. */
export function findRun(store: StoreReader, text: string): RunSummary {
  if (text === 'last') return lastRun(store)
  const prefix = text.startsWith('run_') ? text : `run_${text}`
  const exact = store.views.get(runsView.name, prefix)
  if (exact !== undefined) return exact as RunSummary
  // Rows come in key order, so those with this beginning follow it directly.
  const found = store.views.list(runsView.name, { after: prefix, limit: maxCandidates }).filter(({ key }) => key.startsWith(prefix))
  const [only, ...others] = found
  if (only === undefined || !/^run_[0-9a-z]*$/.test(prefix)) {
    throw new IceError('run.not_found', `there is no run ${JSON.stringify(text.slice(0, 64))} in this log`, {
      hint: 'list them with: ice ps',
    })
  }
  if (others.length > 0) {
    throw new IceError('usage.invalid', `${text} is the beginning of several runs`, { hint: found.map(({ key }) => key).join(', ') })
  }
  return only.value as RunSummary
}

/** Candidates a hint lists when a beginning is not enough. */
const maxCandidates = 5

export function runIdOf(summary: RunSummary): RunId {
  return summary.run as RunId
}

function lastRun(store: StoreReader): RunSummary {
  // What somebody started: a child was requested by another run.
  const last = newestFirst([...runSummaries(store)], 'requestedAt').find(({ parent }) => parent === undefined)
  if (last === undefined) throw new IceError('run.not_found', 'this log has no run yet')
  return last
}
