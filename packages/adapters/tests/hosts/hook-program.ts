import { appendFileSync, readFileSync } from 'node:fs'
import { hookAnswer, hostProposal, parseHost, readHookCall } from '@ice-runtime/adapters'
import type { HookAnswer, HookVerdict } from '@ice-runtime/adapters'

/**
 * The hook that the real programs start in tests: the package's own reading and answering around one fixed rule, which denies every
 * use that has the word `forbidden` in it and asks about every one with `doubtful`. `HOOK_TROUBLE` makes it end badly before it answers.
 */
const [, , , hostName = ''] = process.argv
const host = parseHost(hostName)
const log = process.env['HOOK_LOG'] ?? ''
const trouble = process.env['HOOK_TROUBLE']

const answer = answerTo(readFileSync(0, 'utf8'))
process.stdout.write(answer.stdout)
process.stderr.write(answer.stderr)
process.exitCode = answer.exitCode

function answerTo(text: string): HookAnswer {
  try {
    const call = readHookCall(host, text)
    const verdict = call.event === 'before' ? verdictOn(JSON.stringify(hostProposal(host, call).args)) : { type: 'silent' as const }
    appendFileSync(log, `${JSON.stringify({ event: call.event, tool: 'tool' in call ? call.tool : null, verdict: verdict.type })}\n`)
    if (call.event === 'before') makeTrouble()
    return hookAnswer(host, verdict)
  } catch (error) {
    return hookAnswer(host, { type: 'failure', code: 'hook.malformed', message: error instanceof Error ? error.message : String(error) })
  }
}

function verdictOn(args: string): HookVerdict {
  if (args.includes('forbidden')) return { type: 'deny', reason: 'rule 1 forbids what is forbidden' }
  if (args.includes('doubtful')) return { type: 'ask', reason: 'rule 2 asks about what is doubtful' }
  return { type: 'allow', reason: 'rule 3 allows the rest' }
}

function makeTrouble(): void {
  switch (trouble) {
    case 'exit':
      process.exit(1)
      break
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      break
    case 'throw':
      throw new Error('in trouble')
    case 'hang':
      // Longer than any host of a test waits, and without a timer that could end it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000)
      break
    default:
  }
}
