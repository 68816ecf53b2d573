import { resolve } from 'node:path'
import { importTranscripts, parseHost } from '@ice-runtime/ice/host'
import type { TranscriptImport } from '@ice-runtime/ice/host'
import { dataOf, workspaceOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'

/** `ice import`. What was passed over is said, all of it: what a policy is tried on is no more than what was read. */
export async function run({ args, options }: Invocation, { data, talk, json, program }: Terminal): Promise<Exit> {
  const [host = '', path = ''] = args
  const place = { host: parseHost(host), path: resolve(path), data: dataOf(options), workspace: workspaceOf(options) }
  const done = await importTranscripts(place)
  if (json) {
    data.line(JSON.stringify(done))
    return 'ok'
  }
  data.line(
    `${countText(done.imported, 'use')} of tools imported, from ${countText(done.sessions, 'session')} in ${countText(done.files, 'file')}`,
  )
  if (done.known > 0) data.line(`${countText(done.known, 'use')} had been imported before`)
  for (const line of passedOver(done)) data.line(`passed over: ${line}`)
  talk.line(talk.paint('faint', `what a policy would have refused of them: ${program} policy simulate FILE --imported`))
  return 'ok'
}

function passedOver({ counts, unrecordable, unreadFiles, cutFiles, isCut }: TranscriptImport): readonly string[] {
  const { other, unreadable, incomplete, unmatched } = counts
  return [
    ...counted(other, (lines) => `${lines} without a use of a tool`, 'line'),
    ...counted(unreadable, (lines) => `${lines} that cannot be read`, 'line'),
    ...counted(incomplete, (uses) => `${uses} without what tells what it was`, 'use or result'),
    ...counted(unmatched, (results) => `${results} of a use that is not there`, 'result'),
    ...counted(unrecordable, (uses) => `${uses} that no record can hold`, 'use'),
    ...unreadFiles.map((path) => `${visible(path)}, which cannot be read`),
    ...cutFiles.map((path) => `the rest of ${visible(path)}, which is too long`),
    ...(isCut ? ['further files: name a directory that holds fewer'] : []),
  ]
}

function counted(count: number, text: (counted: string) => string, one: string): readonly string[] {
  return count === 0 ? [] : [text(countText(count, one, one.includes(' ') ? 'uses or results' : `${one}s`))]
}
