import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drivenMs } from './drive-claude.ts'
import type { Driven, DrivenIn } from './drive-claude.ts'
import { runProgram } from './host-program.ts'
import { startResponsesServer } from './responses-server.ts'
import type { ScriptedCall } from './responses-server.ts'

export interface DriveCodex extends DrivenIn {
  /** Where the program keeps its own settings, and its hooks for all projects, which need no trust in the project. */
  readonly home: string
  /** Nobody has trusted the hook. */
  readonly untrusted?: boolean
}

/** Has the model ask Codex for one call after the other, which it would make without asking anybody but the hook. */
export async function driveCodex(
  program: string,
  calls: readonly ScriptedCall[],
  { root, env, home, untrusted }: DriveCodex,
): Promise<Driven> {
  await using server = await startResponsesServer(calls)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'config.toml'), settingsFor(server.url))
  const trust = untrusted === true ? [] : ['--dangerously-bypass-hook-trust']
  const ended = await runProgram(program, ['exec', '--skip-git-repo-check', ...trust, 'Do it'], {
    cwd: root,
    timeoutMs: drivenMs,
    env: { ...env, CODEX_HOME: home, SCRIPTED_KEY: 'none' },
  })
  return { ended, told: JSON.stringify(server.requests.at(-1)) }
}

/** One command, as the model asks for it. */
export function codexCommand(cmd: string): ScriptedCall {
  return { id: 'call_1', name: 'exec_command', arguments: { cmd } }
}

function settingsFor(url: string): string {
  return `model = "scripted"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
request_max_retries = 0
stream_max_retries = 0
supports_websockets = false
`
}
