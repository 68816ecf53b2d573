import { IceError } from '@ice-runtime/kernel'
import type { FaultCode } from '@ice-runtime/kernel'
import { exitForFault } from './table/exit-codes.ts'
import type { Exit } from './table/exit-codes.ts'
import type { Terminal } from './terminal/terminal.ts'
import { visible, visibleLines } from './terminal/text.ts'

export interface FaultContext {
  readonly terminal: Terminal
  readonly environment: { readonly [name: string]: string | undefined }
}

/** Says what went wrong and returns what to exit with. Undefined is nothing wrong: help was asked for. */
export function printFault(error: unknown, { terminal, environment }: FaultContext): Exit {
  if (error === undefined) return 'ok'
  const { code, message, hint } = faultOf(error)
  const { talk, json } = terminal
  if (json) talk.line(JSON.stringify({ code, message, ...(hint === undefined ? {} : { hint }) }))
  else {
    const [first = '', ...more] = visibleLines(message)
    talk.line(`${talk.paint('bad', 'error')}  ${first}  ${talk.paint('faint', code)}`)
    for (const line of more) talk.line(`       ${line}`)
    if (hint !== undefined) talk.line(`${talk.paint('faint', 'hint')}   ${visible(hint)}`)
  }
  if ((environment['ICE_DEBUG'] ?? '') !== '') talk.line(stackOf(error))
  return exitForFault(code)
}

interface Fault {
  readonly code: FaultCode
  readonly message: string
  readonly hint: string | undefined
}

function faultOf(error: unknown): Fault {
  if (error instanceof IceError) return error
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'invariant.violated', message, hint: 'this is a bug of ICE; ICE_DEBUG=1 prints where it happened' }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
