/** Seconds a host waits for the hook. Long beside what a decision takes, short beside what a person at a screen bears. */
export const hookTimeoutSeconds = 60
/** The hook's own deadline, at which it blocks: half of the host's, since a host that gives up first may go on. */
export const hookDeadlineMs: number = (hookTimeoutSeconds * 1000) / 2

/** What a hook entry is recognized by, so that installing twice installs once. */
const marker = 'ICE: the hook failed'

/**
 * The command of the hook that is asked before a tool is used. Whatever ends the program (a crash, a signal, a program that is not
 * there) becomes the one exit code that blocks, with words on standard error, without which Codex takes the code for a failure.
 */
export function guarded(command: string): string {
  const script = `${command}; s=$?; if [ $s -eq 0 ]; then exit 0; fi; if [ $s -ne 2 ]; then echo "${marker} ($s)" >&2; fi; exit 2`
  return `sh -c '${script.replaceAll("'", "'\\''")}'`
}

/** True for a command made by `guarded`. */
export function isGuarded(command: string): boolean {
  return command.startsWith('sh -c ') && command.includes(marker) && command.endsWith("exit 2'")
}

/** True for a command that runs this hook, guarded or not: `ice hook <host>` by whatever path. */
export function runsHook(command: string, host: string): boolean {
  return new RegExp(`(?:^|[\\s/'"])ice(?:\\.js)?['"]?\\s+hook\\s+${host}(?:[\\s;'"]|$)`).test(command)
}
