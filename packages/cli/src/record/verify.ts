import { sha256 } from '@ice-runtime/ice/reader'
import { verifyStore } from '@ice-runtime/ice/record'
import type { VerifyReport } from '@ice-runtime/ice/record'
import { dataOf, openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { aligned, countText, visible } from '../terminal/text.ts'

const checked = [
  'every entry: its hash over its bytes and its place, the chain of its stream, its form, its origin',
  'the whole log: no place missing, the tree over all entries',
  'every run: the laws of runs and actions, folded from its first entry',
  'every cited content: there, and what its digest says',
]

const unseen = ['a removed end of the log whose edge was computed again', 'a log rewritten as a whole by somebody with write access here']

/** `ice verify` */
export async function run({ options }: Invocation, terminal: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const report = verifyStore(store, sha256)
  const found = findings(report)
  const { data, json } = terminal
  if (json) data.line(JSON.stringify({ ...report, data: dataOf(options), sound: found.length === 0, cannotSee: unseen }))
  else tellReport(report, { found, logId: store.log.logId }, terminal)
  return found.length === 0 ? 'ok' : 'integrity'
}

interface Finding {
  readonly place: string
  readonly code: string
  readonly detail: string
}

/** Everything that is wrong, with its place. Entries of a later version are no damage. */
function findings(report: VerifyReport): readonly Finding[] {
  return [
    ...report.problems.map((problem) => ({
      place: 'stream' in problem ? `${problem.stream}#${problem.seq}` : `position ${problem.position}`,
      code: problem.code,
      detail: 'stream' in problem ? `${problem.detail} (position ${problem.position})` : problem.detail,
    })),
    ...report.violations.map(({ stream, seq, law, detail }) => ({ place: `${stream}#${seq}`, code: law, detail })),
    ...report.blobs.map(({ digest, cited, detail }) => ({ place: cited, code: 'blob', detail: `${detail} (${digest.slice(0, 12)})` })),
    ...report.store.map((detail) => ({ place: 'storage', code: 'store', detail })),
  ]
}

function tellReport(
  report: VerifyReport,
  about: { readonly found: readonly Finding[]; readonly logId: string },
  { data, talk }: Terminal,
): void {
  const { found, logId } = about
  const verdict = found.length === 0 ? data.paint('good', 'sound') : data.paint('bad', 'broken')
  data.line(
    `${verdict}  ${countText(report.entryCount, 'entry', 'entries')} in ${countText(report.streamCount, 'stream')}  ${data.paint('faint', logId)}`,
  )
  for (const [place = '', code = '', detail = ''] of aligned(
    found.map((finding) => [visible(finding.place), finding.code, visible(finding.detail)]),
  )) {
    data.line(`  ${data.paint('strong', place)}  ${data.paint('bad', code)}  ${detail}`)
  }
  if (report.omittedCount > 0) data.line(`  and ${countText(report.omittedCount, 'finding')} more`)
  for (const { stream, type } of report.unknown) talk.line(`not understood here, of a later version: ${visible(type)} in ${stream}`)
  talk.line(talk.paint('faint', 'checked'))
  for (const what of checked) talk.line(`  ${what}`)
  talk.line(talk.paint('faint', 'cannot be seen while there is no head witness outside this directory'))
  for (const what of unseen) talk.line(`  ${what}`)
}
