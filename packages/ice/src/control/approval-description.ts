import { renderDiff } from '@ice-runtime/effects'
import type { Digest, EditedRequest, Json, PreparedAction, RunId, Seq } from '@ice-runtime/kernel'
import type { Runtime } from '@ice-runtime/runtime'

/** What a request that waits for people would do: the whole of it, unescaped. */
export interface ApprovalDescription {
  /** Digest of the request that is described. */
  readonly request: Digest
  readonly prepared: PreparedAction
  /** In the words of its driver. */
  readonly description: string
  /** What it would make of the workspace, empty where it stages nothing. Controls are escaped. */
  readonly diff: string
  /** The request with the arguments that were named in place of the agent's: what is signed to have it done instead. */
  readonly edited?: EditedRequest
}

/** A request that waits, and the arguments to look at it with where they are not the agent's. */
export interface ApprovalQuestion {
  readonly run: RunId
  readonly approval: Seq
  readonly args?: Json
}

export async function describeIn(runtime: Runtime, { run, approval, args }: ApprovalQuestion): Promise<ApprovalDescription> {
  const edit = args === undefined ? undefined : await runtime.edit(run, approval, args)
  const { request, prepared, description, changes, blobs } = edit ?? (await runtime.describe(run, approval))
  const diff = changes.length === 0 ? '' : renderDiff(changes, blobs)
  return { request, prepared, description, diff, ...(edit === undefined ? {} : { edited: edit.edited }) }
}
