import type { Digest } from '../log/ids.ts'
import type { PersistentMap } from '../log/persistent-map.ts'

/** A file as the workspace holds it. `symlink` content is the link's target text. */
export type FileState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'directory' }
  | {
      readonly kind: 'file'
      readonly blob: Digest
      readonly sizeBytes: number
      /** Permission bits, 0o000 to 0o777. */ readonly mode: number
    }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'other' }

/** One path after a staged action: what it shall be, and what it was in the workspace when the run first looked. */
export interface StagedChange {
  /** Relative to the workspace root, `/`-separated, no `.` or `..` segment, not empty. Spelled as on disk, never normalized. */
  readonly path: string
  readonly to: FileState
  readonly base: FileState
}

/** A path the run read from the workspace, and what it was: a changed one conflicts at the commit. */
export interface ReadBase {
  readonly path: string
  readonly base: FileState
}

/** The run's staged tree: the manifest folded from its log. The last change of a path wins and keeps the first base. */
export type Manifest = PersistentMap<StagedChange>
