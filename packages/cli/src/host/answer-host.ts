import { askHook, hookAnswer, hookDeadlineMs, parseHost } from '@ice-runtime/ice/host'
import type { Host, HookAnswer, HookVerdict } from '@ice-runtime/ice/host'
import { IceError } from '@ice-runtime/kernel'
import { dataAt } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { OptionValues } from '../table/option-values.ts'
import { projectRoot } from './project-root.ts'

/** Longest call that is read: a file written whole, with room for what JSON makes of it. */
const maxPayloadBytes: number = 12 * 1024 * 1024

/**
 * Answers one call of a hook on standard input. Whatever goes wrong is an answer that blocks, in time for the host to hear it; how a
 * host is told is what the adapters know of it.
 */
export async function answerHost({ args, options }: Invocation): Promise<number> {
  const host = parseHost(args[0] ?? '')
  // Half of what is left is for saying so.
  const deadline = Date.now() + hookDeadlineMs / 2
  const late = Promise.withResolvers<HookVerdict>()
  // Not unref'd: it has to come, also while something waits that keeps nothing alive.
  const timer = setTimeout(() => late.resolve(tooLate), hookDeadlineMs)
  try {
    // One answer, whatever comes of the other: a host must not be told two things.
    const verdict = await Promise.race([late.promise, verdictOn(host, { options, deadline })])
    const answer = hookAnswer(host, verdict)
    await write(answer)
    // What is still under way may keep the process for ever.
    if (verdict === tooLate) process.exit(answer.exitCode)
    return answer.exitCode
  } finally {
    clearTimeout(timer)
  }
}

const tooLate: HookVerdict = { type: 'failure', code: 'limit.exceeded', message: `no answer within ${hookDeadlineMs / 1000} s` }

interface Asking {
  readonly options: OptionValues
  readonly deadline: number
}

async function verdictOn(host: Host, { options, deadline }: Asking): Promise<HookVerdict> {
  try {
    const payload = await readPayload()
    const root = projectRoot(host, payload, process.env)
    return await askHook({ data: dataAt(root, options), host, root, payload, deadline })
  } catch (error) {
    const code = error instanceof IceError ? error.code : 'invariant.violated'
    return { type: 'failure', code, message: error instanceof Error ? error.message : String(error) }
  }
}

async function readPayload(): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array)
    sizeBytes += bytes.length
    if (sizeBytes > maxPayloadBytes) throw new IceError('limit.exceeded', `the hook was handed more than ${maxPayloadBytes} bytes`)
    chunks.push(bytes)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

/** Whole before the process ends: an answer that is cut off is one that a host takes for none. */
async function write({ stdout, stderr }: HookAnswer): Promise<void> {
  for (const [stream, text] of [
    [process.stderr, stderr],
    [process.stdout, stdout],
  ] as const)
    if (text !== '') await new Promise<void>((done) => stream.write(text, () => done()))
}
