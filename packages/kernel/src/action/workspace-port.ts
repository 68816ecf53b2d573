import type { FileState, ReadBase, StagedChange } from './staged-change.ts'

export interface Conflict {
  readonly path: string
  readonly expected: FileState
  readonly actual: FileState
}

/** `clean`: applied. `conflict`: what stood there was not the base, and stands there again. */
export type ApplyResult = { readonly result: 'applied' } | { readonly result: 'conflict'; readonly conflict: Conflict }

/**
 * The real files a run commits to. Every step is idempotent, so a crash between any two is answered by calling them again in
 * order: a step that is already done answers as if it had just been done.
 * `applyId` names one commit (the run id); leftovers of another id are never touched. All throw `files.*`, `isolation.unavailable`.
 */
export interface Workspace {
  /** Identifies the directory itself (device and inode), not its spelling. */
  readonly identity: string
  /** Excludes other commits to this directory, of other processes too. Throws `workspace.busy` after its bound. */
  lock(): Promise<AsyncDisposable>
  /** The state of a path now; content of files is digested. Also what conflict checks use. */
  look(path: string): Promise<FileState>
  /** Conflicts among bases of changes and reads, without touching anything. */
  recheck(changes: readonly StagedChange[], reads: readonly ReadBase[]): Promise<readonly Conflict[]>
  /**
   * Order in which changes must be applied: parents before children, deletions of children before parents. Pure. A directory
   * that must be made is a change of its own.
   */
  plan(changes: readonly StagedChange[]): readonly StagedChange[]
  /**
   * Puts change number `index` of the plan in place, keeping what it replaced until `discard`. After a crash it is called again
   * from index 0.
   */
  apply(applyId: string, index: number, change: StagedChange): Promise<ApplyResult>
  /**
   * Puts back what `apply` replaced. Called in reverse order, from the change that met a conflict. Throws `files.conflict` when
   * somebody has edited the applied file since: both versions then stay.
   */
  undo(applyId: string, index: number, change: StagedChange): Promise<void>
  /** Removes what was kept for undoing. Only when it has resolved are the changes, or their undoing, durable. */
  discard(applyId: string, changes: readonly StagedChange[]): Promise<void>
}
