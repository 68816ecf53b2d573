import { renderDiff } from '@ice-runtime/ice/diff'
import { policyBytes, policyDigest } from '@ice-runtime/ice/policy'
import type { PolicyBundle } from '@ice-runtime/ice/policy'
import { sha256 } from '@ice-runtime/ice/reader'
import { digestFromBytes, IceError } from '@ice-runtime/kernel'
import type { Digest, FileState, StagedChange } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { perform } from './perform.ts'
import { adoptedPolicy } from './policy.ts'
import { readPolicyFiles } from './policy-files.ts'

/** `ice policy adopt`. What would change is shown first; nothing is adopted without `--yes`. */
export async function run({ args, options }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  const { bundle } = readPolicyFiles(args[0] ?? '.')
  const digest = policyDigest(bundle, sha256)
  const before = await inForce(options)
  if (before?.digest === digest) {
    data.line(json ? JSON.stringify({ policy: digest, adopted: false }) : `${digest}  is adopted already`)
    return 'ok'
  }
  if (!json) for (const line of difference(before?.bundle, bundle).trimEnd().split('\n')) talk.line(line)
  if (!options.flag('yes')) {
    if (json) data.line(JSON.stringify({ policy: digest, adopted: false, hint: '--yes' }))
    else talk.line(`nothing was adopted: look at it, then say ${talk.paint('strong', '--yes')}`)
    return 'approval'
  }
  await perform({ method: 'adoptPolicy', policy: new TextDecoder().decode(policyBytes(bundle)) }, options)
  data.line(json ? JSON.stringify({ policy: digest, adopted: true }) : `${data.paint('strong', digest)}  adopted`)
  return 'ok'
}

/** What is adopted now; undefined for nothing, also where there is no record yet. */
async function inForce(options: OptionValues): Promise<ReturnType<typeof adoptedPolicy>> {
  try {
    await using store = openRecord(options)
    return adoptedPolicy(store)
  } catch (error) {
    if (error instanceof IceError && error.code === 'data.unreadable') return undefined
    throw error
  }
}

/** The texts side by side, as staged files are shown. */
function difference(before: PolicyBundle | undefined, after: PolicyBundle): string {
  const contents = new Map<Digest, Uint8Array>()
  const stateOf = (text: string | undefined): FileState => {
    if (text === undefined) return { kind: 'absent' }
    const bytes = new TextEncoder().encode(text)
    const blob = digestFromBytes(sha256(bytes))
    contents.set(blob, bytes)
    return { kind: 'file', blob, sizeBytes: bytes.length, mode: 0o644 }
  }
  const [old, next] = [textsOf(before), textsOf(after)]
  const names = [...new Set([...old.keys(), ...next.keys()])].filter((name) => old.get(name) !== next.get(name))
  const changes = names.map((path): StagedChange => ({ path, base: stateOf(old.get(path)), to: stateOf(next.get(path)) }))
  return renderDiff(changes, { has: (digest) => contents.has(digest), get: (digest) => contents.get(digest) ?? new Uint8Array() })
}

function textsOf(bundle: PolicyBundle | undefined): ReadonlyMap<string, string> {
  return new Map(bundle?.files.map(({ name, text }) => [name, text]))
}
