import { replayDecisions } from '@ice-runtime/kernel'
import type { Divergence, RecordedStanding } from '@ice-runtime/kernel'
import type { RunHistory } from './run-history.ts'
import { nothingUnusual } from './run-world.ts'

/** Where what is decided again from the entries is not what they say; undefined where it is. */
export function divergence({ entries }: RunHistory, standing: Partial<RecordedStanding> = {}): Divergence | undefined {
  return replayDecisions(entries, () => ({ ...nothingUnusual(), ...standing })).divergence
}
