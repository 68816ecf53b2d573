import { IceError } from '@ice-runtime/kernel'

/** Programs whose hooks are understood. */
export const hosts = ['claude-code', 'codex', 'cursor'] as const
export type Host = (typeof hosts)[number]

/** Throws `usage.invalid` for a name that is none. */
export function parseHost(text: string): Host {
  const host = hosts.find((name) => name === text)
  if (host === undefined) {
    throw new IceError('usage.invalid', `no host ${JSON.stringify(text.slice(0, 80))}`, { hint: `one of ${hosts.join(', ')}` })
  }
  return host
}
