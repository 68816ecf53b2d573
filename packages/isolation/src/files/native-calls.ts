import { platform } from 'node:os'
import { linuxCalls, loadLibC } from './linux-calls.ts'
import { pathCalls, procCalls } from './portable-calls.ts'
import type { SystemCalls } from './system-calls.ts'

/** The strongest calls this machine has. Reading always works; `opening` says how, and what is missing is refused when used. */
export function nativeCalls(): SystemCalls {
  if (platform() !== 'linux') return pathCalls()
  try {
    return linuxCalls(loadLibC())
  } catch {
    // The foreign-call library has no build for this machine: the walk needs none, and the probe reports what is missing.
    return procCalls()
  }
}
