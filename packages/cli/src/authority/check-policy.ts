import { checkPolicy, knownActions, placeOf } from '@ice-runtime/ice/policy'
import type { Finding } from '@ice-runtime/ice/policy'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal, Tone } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import { readPolicyFiles } from './policy-files.ts'

const tones: { readonly [severity in Finding['severity']]: Tone } = { error: 'bad', warning: 'warn', note: 'faint' }

/** `ice policy check`. Notes are for who asks in JSON: they say what no rule can be about. */
export async function run({ args }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  const { bundle } = readPolicyFiles(args[0] ?? '.')
  const findings = checkPolicy({ bundle, actions: knownActions() })
  const shown = findings.filter(({ severity }) => severity !== 'note')
  if (json) for (const finding of findings) data.line(JSON.stringify(finding))
  else
    for (const finding of shown) {
      const { severity, code, message, hint } = finding
      data.line(`${placeOf(finding)}  ${data.paint(tones[severity], severity)}  ${code}  ${visible(message)}`)
      if (hint !== undefined) data.line(data.paint('faint', `  ${visible(hint)}`))
    }
  if (!json && shown.length === 0) talk.line(`${countText(bundle.files.length, 'file')}, nothing to object to`)
  return findings.some(({ severity }) => severity === 'error') ? 'failure' : 'ok'
}
