import { createScrubber } from '@ice-runtime/kernel'
import type { SecretScrubber } from '@ice-runtime/kernel'
import { createColors } from 'picocolors'

type Colors = ReturnType<typeof createColors>
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad' | 'warn'

/** One of the two ways out. */
export interface Channel {
  /** Writes the text and a line feed. */
  line(text: string): void
  paint(tone: Tone, text: string): string
}

/** Data goes to `data`, everything said about it to `talk`. */
export interface Terminal {
  readonly data: Channel
  readonly talk: Channel
  /** Data is for programs. */
  readonly json: boolean
  /** How the person calls this program, for hints they can copy. */
  readonly program: string
  /** What it has learned is written to neither. */
  readonly scrubber: SecretScrubber
  /** Asks whoever sits there and resolves with a line, undefined when they leave or it is over; absent where nobody does. */
  ask?(question: string, over?: AbortSignal): Promise<string | undefined>
}

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface TerminalParts {
  readonly stdout: Stream
  readonly stderr: Stream
  /** Reads one line after a question; absent for a process that nobody sits at. */
  readonly ask?: NonNullable<Terminal['ask']>
  readonly environment: { readonly [name: string]: string | undefined }
  readonly json: boolean
}

export function openTerminal({ stdout, stderr, ask, environment, json }: TerminalParts): Terminal {
  // Started by `npm run ice`, there is no `ice` on the path.
  const program = environment['npm_lifecycle_event'] === 'ice' ? 'npm run -s ice --' : 'ice'
  const scrubber = createScrubber()
  const open = (stream: Stream): Channel => channel(stream, environment, scrubber)
  return { data: open(stdout), talk: open(stderr), json, program, scrubber, ...(ask === undefined ? {} : { ask }) }
}

function channel(stream: Stream, environment: TerminalParts['environment'], scrubber: SecretScrubber): Channel {
  const colors = createColors(isColored(stream, environment))
  return { line: (text) => void stream.write(`${scrubber.text(text)}\n`), paint: (tone, text) => painters[tone](colors)(text) }
}

/** https://no-color.org: any value that is not empty. */
function isColored(stream: Stream, environment: TerminalParts['environment']): boolean {
  const { NO_COLOR: refused = '', TERM: kind = '' } = environment as { readonly NO_COLOR?: string; readonly TERM?: string }
  return stream.isTTY === true && refused === '' && kind !== 'dumb'
}

const painters: { readonly [tone in Tone]: (colors: Colors) => (text: string) => string } = {
  plain: () => (text) => text,
  strong: (colors) => colors.bold,
  faint: (colors) => colors.dim,
  good: (colors) => colors.green,
  bad: (colors) => colors.red,
  warn: (colors) => colors.yellow,
}
