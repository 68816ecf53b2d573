import type { RunCommand } from '@ice-runtime/kernel'

type Untimed<Command> = Command extends unknown ? Omit<Command, 'at'> : never
/** A command before the shell stamps it. */
export type Order = Untimed<RunCommand>
