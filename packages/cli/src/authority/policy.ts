import { readPolicyBundle } from '@ice-runtime/ice/policy'
import type { PolicyBundle } from '@ice-runtime/ice/policy'
import { readStanding } from '@ice-runtime/ice/record'
import type { Digest, StoreReader } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visibleLines } from '../terminal/text.ts'

/** The policy that a record says is in force. */
export interface AdoptedPolicy {
  readonly digest: Digest
  /** Undefined when its text is not there: then everything is refused. */
  readonly bundle: PolicyBundle | undefined
}

export function adoptedPolicy(store: StoreReader): AdoptedPolicy | undefined {
  const { policy } = readStanding(store.log).system
  if (policy === undefined) return undefined
  return { digest: policy, bundle: store.blobs.has(policy) ? readPolicyBundle(store.blobs.get(policy)) : undefined }
}

/** `ice policy` */
export async function run({ options }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const adopted = adoptedPolicy(store)
  if (json) data.line(JSON.stringify({ policy: adopted?.digest ?? 'builtin', files: adopted?.bundle?.files ?? [] }))
  else if (adopted === undefined) talk.line('none is adopted: grants decide, and the built-in rules narrow them')
  else {
    talk.line(talk.paint('faint', `adopted ${adopted.digest}`))
    if (adopted.bundle === undefined) talk.line(talk.paint('bad', 'its text is not in the record: every proposal is refused'))
    for (const { name, text } of adopted.bundle?.files ?? []) {
      data.line(data.paint('strong', `// ${name}`))
      for (const line of visibleLines(text.trimEnd())) data.line(line)
    }
  }
  return 'ok'
}
