import { entryId } from '@ice-runtime/kernel'
import type { BlobReader, Run } from '@ice-runtime/kernel'
import { fromRecorded } from './recorded.ts'
import type { RunResult } from './run/live-run.ts'

/** What a terminated run came to, from its state. */
export function runResult(run: Run, blobs: BlobReader): RunResult {
  const ended = run.phase.name === 'terminated' ? run.phase : { outcome: 'terminated' as const }
  const code = 'code' in ended && ended.code !== '' ? ended.code : undefined
  return {
    run: run.id,
    outcome: ended.outcome,
    code,
    output: run.output === undefined ? undefined : fromRecorded(run.output, blobs),
    releases: run.committed?.releases ?? 'none',
    unsent: (run.committed?.unsent ?? []).map((action) => entryId(run.id, action)),
    steps: run.steps,
    refused: run.refused,
  }
}
