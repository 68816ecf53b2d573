import type { AgentProposal, Blobs, ReplayedProposal } from '@ice-runtime/kernel'
import { maxInlineArgsBytes, toRecorded } from '../recorded.ts'
import { readProposal } from './proposal-message.ts'

/** A proposal in the form the log has it, to be compared with what is recorded under its key. */
export function replayedProposal(proposal: AgentProposal, after: number, blobs: Blobs): ReplayedProposal {
  const read = readProposal(proposal.message)
  if (!read.read) {
    const action = read.action === '' ? '?' : read.action
    return { key: proposal.key, action, args: { value: null }, reason: undefined, atOnce: false, after, raw: blobs.put(read.raw).blob }
  }
  const { action, args, reason, atOnce } = read.message
  return { key: proposal.key, action, args: toRecorded(args, blobs, maxInlineArgsBytes), reason, atOnce, after, raw: undefined }
}
