import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IceError } from '@ice-runtime/kernel'
import type { BlobReader, RecordedAction } from '@ice-runtime/kernel'
import { sha256 } from '../sha256.ts'
import { parseAllow } from '../allow.ts'
import { createWorlds } from '../worlds.ts'
import { policyActions } from './policy-actions.ts'
import type { WorldParts } from '../worlds.ts'

/** The actions every runtime and every host has, without those that programs define: what a policy is checked against before there is a record. */
export function knownActions(): readonly RecordedAction[] {
  const directory = mkdtempSync(join(tmpdir(), 'ice-actions-'))
  try {
    using worlds = createWorlds({ models: {}, prices: {}, effects: [], sha256, blobs: noBlobs, data: directory, spawning })
    return policyActions(worlds.actions())
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What could be started is part of no declaration. */
const spawning: WorldParts['spawning'] = {
  agent: () => undefined,
  terms: (allow) => parseAllow(allow, () => undefined),
}

const noBlobs: BlobReader = {
  has: () => false,
  get: (digest) => {
    throw new IceError('blob.missing', `no blob ${digest}`)
  },
}
