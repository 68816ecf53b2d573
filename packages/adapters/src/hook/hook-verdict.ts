/** What is to be said to a host about the tool it is about to use. */
export type HookVerdict =
  | { readonly type: 'allow'; readonly reason: string }
  | { readonly type: 'deny'; readonly reason: string }
  /** A person has to say. Where a host cannot ask one, it is a denial that says so. */
  | { readonly type: 'ask'; readonly reason: string }
  /** Nothing: in observe mode, and after every event at which nothing is decided. */
  | { readonly type: 'silent' }
  /** We could not answer, which blocks. */
  | { readonly type: 'failure'; readonly code: string; readonly message: string }

/** What the program that a host started has to do with its ends. It writes all of it before it exits. */
export interface HookAnswer {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: 0 | 2
}

/** Exit code at which every host that is understood blocks the tool, whatever else was printed. */
export const blockingExitCode = 2

/** A reason is read by a model and a person. */
export const maxReasonChars = 2000

export const silence: HookAnswer = { stdout: '', stderr: '', exitCode: 0 }

/** Blocks by exit code: that holds where standard output is cut off, and the reason is never empty, which Codex takes for a failure. */
export function blocked(reason: string, stdout = ''): HookAnswer {
  return { stdout, stderr: `${reason}\n`, exitCode: blockingExitCode }
}

/** One line of printable text, never empty. A reason quotes what an agent wrote, which must not move a cursor or end the message. */
export function reasonText(reason: string): string {
  const text = reason
    .slice(0, maxReasonChars)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
  return text === '' ? 'refused by ICE' : text
}
