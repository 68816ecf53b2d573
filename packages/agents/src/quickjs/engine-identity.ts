import { preludeSource } from './prelude.ts'
import { maxEngineStackBytes } from './limits.ts'

/** The engine package this workspace pins; its digest would say the same and cost a read of 0.5 MB each time. */
const engineVersion = 'quickjs-ng 0.12.1, @jitl/quickjs-ng-wasmfile-release-sync 0.32.0'

/** Everything besides the bundle that decides what an agent does with its start and its deliveries. Part of each agent's digest. */
export function engineIdentity(): string {
  return `${engineVersion}, stack ${maxEngineStackBytes}\n${preludeSource}`
}
