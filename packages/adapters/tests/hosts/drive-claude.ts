import { runProgram } from './host-program.ts'
import type { Ended } from './host-program.ts'
import { startMessagesServer } from './messages-server.ts'

/** Where a host is started: in a project, with nothing of ours but this environment. */
export interface DrivenIn {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
}

export interface Driven {
  readonly ended: Ended
  /** What the model was told of the use of the tool, as one text. */
  readonly told: string
}

/** Every run starts the program, and some wait for the host to give up on the hook. */
export const drivenMs = 60_000

/** Has the model ask Claude Code for one command, which it would run without asking anybody but the hook. */
export async function driveClaude(program: string, command: string, { root, env }: DrivenIn): Promise<Driven> {
  await using server = await startMessagesServer([{ id: 'toolu_1', name: 'Bash', input: { command, description: 'Do it' } }])
  const ended = await runProgram(program, ['-p', 'Do it', '--output-format', 'json', '--allowedTools', 'Bash'], {
    cwd: root,
    timeoutMs: drivenMs,
    env: {
      ...env,
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: 'none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
  })
  return { ended, told: JSON.stringify(server.requests).match(/"tool_result".*?\}/)?.[0] ?? '' }
}
