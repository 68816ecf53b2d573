import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { suggestPolicy } from '@ice-runtime/ice/policy'
import type { PolicyFile, Suggestion } from '@ice-runtime/ice/policy'
import { sha256 } from '@ice-runtime/ice/reader'
import { IceError } from '@ice-runtime/kernel'
import { findRun, openRecord } from '../place.ts'
import { decidedRuns, withDescendants } from '../record/decided-runs.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'

const rules = '.cedar'

/** `ice policy suggest`. What it writes is a proposal: nothing is in force before somebody adopts it. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const file = resolve(args[0] ?? `suggested${rules}`)
  if (!file.endsWith(rules)) throw new IceError('usage.invalid', `${file} is no name of a policy`, { hint: 'it ends in .cedar' })
  const suggestion = await suggested(basename(file, rules), options)
  const written = [suggestion.policy, suggestion.test].map((one) => ({ ...one, path: join(dirname(file), one.name) }))
  writeAll(written, options.flag('replace'))
  tell(suggestion, { paths: written.map(({ path }) => path), shown: args[0] ?? basename(file) }, terminal)
  return suggestion.left.length === 0 ? 'ok' : 'failure'
}

async function suggested(name: string, options: OptionValues): Promise<Suggestion> {
  const from = options.list('from')
  if (from.length === 0) throw new IceError('usage.invalid', 'say what is to be allowed again', { hint: '--from last' })
  await using store = openRecord(options)
  const { requests, actions } = decidedRuns(
    store,
    withDescendants(
      store,
      from.map((text) => findRun(store, text)),
    ),
  )
  const happened = requests.filter((request) => request.happened)
  if (happened.length === 0)
    throw new IceError('usage.invalid', 'nothing was allowed there, so there is nothing to allow again', { hint: 'list runs with: ice ps' })
  const suggestion = suggestPolicy(happened, { actions, sha256, name })
  const [first] = suggestion.left
  if (suggestion.casesCount > 0) return suggestion
  throw new IceError('usage.invalid', `no rule can allow any of it, such as ${first?.from ?? ''}: ${first?.reason ?? ''}`)
}

interface Writing extends PolicyFile {
  readonly path: string
}

/** All or nothing as far as names go: nobody's text is lost, and no policy is left beside the tests of another. */
function writeAll(files: readonly Writing[], replace: boolean): void {
  const taken = files.find(({ path }) => existsSync(path))
  if (taken !== undefined && !replace)
    throw new IceError('usage.invalid', `${taken.path} is there already`, { hint: 'name another file, or write over it with --replace' })
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, { flag: replace ? 'w' : 'wx' })
    } catch (cause) {
      throw new IceError('files.failed', `${path} cannot be written`, { cause })
    }
  }
}

function tell(
  { rulesCount, casesCount, left }: Suggestion,
  { paths, shown }: { readonly paths: readonly string[]; readonly shown: string },
  { data, talk, json, program }: Terminal,
): void {
  if (json) return data.line(JSON.stringify({ files: paths, rules: rulesCount, cases: casesCount, left }))
  const counts = [countText(rulesCount, 'rule'), countText(casesCount, 'case')]
  for (const [index, path] of paths.entries()) data.line(`${visible(path)}  ${counts[index] ?? ''}`)
  for (const { from, reason } of left) talk.line(`${talk.paint('warn', 'left out')}  ${visible(from)}  ${visible(reason)}`)
  talk.line(`it is not in force: read it, then ${talk.paint('strong', `${program} policy adopt ${visible(shown)}`)}`)
}
