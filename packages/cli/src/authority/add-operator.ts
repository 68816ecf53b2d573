import { dirname, resolve } from 'node:path'
import { assertOutside } from '@ice-runtime/ice/reader'
import { currentUser, makeOperatorKey, operatorKeyDirectory, operatorKeyFile, readOperatorKey, subjectOf } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { SubjectId } from '@ice-runtime/kernel'
import { workspaceOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { perform } from './perform.ts'

/** `ice operators add`. The public key goes into the record, the private one nowhere but into its file. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const [name = ''] = args
  const roles = options.list('role')
  if (roles.length === 0) throw new IceError('usage.invalid', 'an operator has a role', { hint: 'say which, as in --role ops' })
  const subject = operatorSubject(name)
  const file = keyFile(options, subject)
  const known = readOperatorKey(file)
  const { publicKey } = known ?? makeOperatorKey(file)
  await perform({ method: 'addOperator', subject, name, publicKey, roles }, options)
  const { data, talk, json } = terminal
  if (json) data.line(JSON.stringify({ subject, name, roles, publicKey, key: file }))
  else {
    data.line(`${data.paint('strong', subject)}  ${visible(name)}  ${roles.join(', ')}`)
    talk.line(`${talk.paint('faint', known === undefined ? 'made' : 'uses')}    ${visible(file)}`)
    talk.line(talk.paint('faint', '        whoever can read it can answer as this operator'))
  }
  return 'ok'
}

/** An operator of this machine: the same subject as the user of that name who starts runs here. */
export function operatorSubject(name: string): SubjectId {
  return subjectOf({ ...currentUser(), name })
}

/** Throws `data.inside_workspace` for a key where runs could be granted to read. */
function keyFile(options: OptionValues, subject: SubjectId): string {
  const given = options.text('key')
  const file = given === undefined ? operatorKeyFile(operatorKeyDirectory(process.env), subject) : resolve(given)
  try {
    assertOutside(dirname(file), workspaceOf(options))
  } catch (cause) {
    const hint = 'keep it elsewhere with --key, or name the workspace of your runs with --workspace'
    throw new IceError('data.inside_workspace', `the key ${file} would lie inside the workspace, where runs may read`, { cause, hint })
  }
  return file
}
