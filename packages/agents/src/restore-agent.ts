import { IceError, parseDigest } from '@ice-runtime/kernel'
import type { AgentHost } from '@ice-runtime/kernel'
import { quickjsAgent } from './bundle/quickjs-agent.ts'
import type { KeptAgent } from './kept-agent.ts'
import { modelAgent } from './model/model-agent.ts'
import type { QuickjsPool } from './quickjs/pool.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Makes an agent from what was kept of it. The caller has checked the bytes' digest and compares the identity. `pool` is asked only
 * for an agent that needs threads. Throws `agent.bundle_failed` for bytes that hold no agent.
 */
export async function restoreAgent(bytes: Uint8Array, pool: () => Promise<QuickjsPool>): Promise<AgentHost> {
  const kept = readKept(bytes)
  if (kept.kind === 'model') return modelAgent(kept.options)
  return quickjsAgent({ bundle: { ...kept.bundle, digest: parseDigest(kept.bundle.digest) }, pool: await pool() })
}

function readKept(bytes: Uint8Array): KeptAgent {
  try {
    const kept = JSON.parse(decoder.decode(bytes)) as KeptAgent
    if (kept.kind === 'model' || kept.kind === 'quickjs') return kept
  } catch (cause) {
    throw new IceError('agent.bundle_failed', 'the kept agent is not readable', { cause })
  }
  throw new IceError('agent.bundle_failed', 'what was kept is no agent of this version')
}
