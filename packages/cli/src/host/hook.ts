import { IceError } from '@ice-runtime/kernel'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'

const settingUp = ['install', 'uninstall', 'print'] as const
const configuring = ['observe', 'allow', 'allowAll'] as const

/** `ice hook`. What a host starts loads little: the rest is for people. */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit | number> {
  const { options } = invocation
  const asked = settingUp.filter((name) => options.flag(name))
  const configured = configuring.filter((name) => options.flag(name) || options.text(name) !== undefined || options.list(name).length > 0)
  if (asked.length + Math.min(1, configured.length) > 1)
    throw new IceError('usage.invalid', 'one thing at a time: --install, --uninstall, --print, or what the host is given')
  if (asked[0] !== undefined) {
    const { installHookFiles } = await import('./install-hook.ts')
    return installHookFiles(asked[0], invocation, terminal)
  }
  if (configured.length > 0) {
    const { configureHost } = await import('./configure-host.ts')
    return await configureHost(invocation, terminal)
  }
  const { answerHost } = await import('./answer-host.ts')
  return await answerHost(invocation)
}
