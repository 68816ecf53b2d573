import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

export interface AskingStreams {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  /** Ctrl-C while a question stands is meant for the program. */
  interrupt(): void
}

/** Asks on a terminal where somebody sits at both ends; undefined where nobody does. */
export function askPerson({ input, output, interrupt }: AskingStreams): NonNullable<Terminal['ask']> | undefined {
  if (!input.isTTY || !output.isTTY) return undefined
  return async (question, over) => {
    if (over?.aborted === true) return undefined
    const lines = createInterface({ input, output })
    const left = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)))
    lines.on('SIGINT', () => {
      interrupt()
      lines.close()
    })
    const close = (): void => lines.close()
    over?.addEventListener('abort', close, { once: true })
    try {
      return await Promise.race([lines.question(question), left])
    } finally {
      over?.removeEventListener('abort', close)
      close()
    }
  }
}
