import type { z } from 'zod'
import { canonicalize, IceError, isSecretShaped, joinLabels, unreachable } from '@ice-runtime/kernel'
import type {
  CostBound,
  Driver,
  FactDeclarations,
  Facts,
  FileState,
  JsonObject,
  Label,
  PerformContext,
  PreparedAction,
  PrepareContext,
  Receipt,
} from '@ice-runtime/kernel'
import type { Root } from '@ice-runtime/isolation'
import { argsJsonSchema } from '../args-schema.ts'
import { stagedTree } from './staged-tree.ts'
import type { StagedTree } from './staged-tree.ts'

/** Enough for the largest tree an action may touch on a slow disk. */
const deadlineMs = 60_000

export interface FileDriverOptions {
  readonly root: Root
  /** Label of what is read from the workspace; `trusted/public` when absent. What is secret-shaped is `secret` in any case. */
  readonly label?: Label
}

/** What an action says of itself before it is decided. The first path is the one it is about. */
export interface FilePlan {
  readonly paths: readonly string[]
  readonly facts: Facts
  readonly cost: CostBound
}

/** One file action as the drivers of this folder write it. */
export interface FileAction<Args extends object> {
  readonly action: string
  readonly description: string
  readonly args: z.ZodType<Args>
  readonly class: 'observe' | 'staged'
  /** Beyond those of every path. */
  readonly facts: FactDeclarations
  plan(args: Args, tree: StagedTree): FilePlan
  perform(args: Args, tree: StagedTree, context: PerformContext): Receipt
  describe(args: Args, facts: Facts): string
}

/** Makes a driver of a file action: strict arguments, facts gathered twice, nothing done when they differ. */
export function fileDriver<Args extends object>(definition: FileAction<Args>, { root, label }: FileDriverOptions): Driver {
  const { action, description } = definition
  const treeOf = (context: Pick<PrepareContext, 'staged' | 'blobs'>): StagedTree => stagedTree({ root, ...context })
  const parsed = (prepared: PreparedAction): Args => definition.args.parse(prepared.args)
  return {
    action,
    version: 1,
    description,
    argsSchema: argsJsonSchema(action, definition.args),
    facts: { ...pathFactTypes, ...definition.facts },
    performer: 'runtime',
    deadlineMs,
    prepare: (args, context) => {
      const read = definition.args.safeParse(args)
      if (!read.success) return { refused: 'args.invalid', detail: read.error.issues.map(issueText).join('; ') }
      try {
        return prepared(definition, definition.plan(read.data, treeOf(context)), { args: read.data, label })
      } catch (error) {
        if (!(error instanceof IceError) || error.code === 'invariant.violated') throw error
        return { refused: error.code, detail: error.message }
      }
    },
    perform: (action, context) => {
      if (context.signal.aborted) throw new IceError('effect.timeout', `${definition.action} was stopped before it began`)
      const args = parsed(action)
      const tree = treeOf(context)
      const { facts } = definition.plan(args, tree)
      if (canonicalize(facts) !== canonicalize(action.facts)) {
        throw new IceError('facts.changed', `what ${definition.action} was decided about has changed`)
      }
      return definition.perform(args, tree, context)
    },
    describe: (action) => definition.describe(parsed(action), action.facts),
    ...(definition.class === 'staged'
      ? { preview: (action, context) => definition.perform(parsed(action), treeOf(context), context).changes ?? [] }
      : {}),
  }
}

const pathFactTypes: FactDeclarations = {
  path: { type: 'string' },
  extension: { type: 'string' },
  kind: { type: 'string' },
  exists: { type: 'boolean' },
  staged: { type: 'boolean' },
  secretShaped: { type: 'boolean' },
  sizeBytes: { type: 'integer' },
  mode: { type: 'integer' },
  digest: { type: 'string', optional: true },
  target: { type: 'string', optional: true },
}

/** What every file action says of the path it is about. */
export function pathFacts(path: string, state: FileState, isStaged: boolean): Facts {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return {
    path,
    extension: dot > 0 ? name.slice(dot + 1).toLowerCase() : '',
    kind: state.kind,
    exists: state.kind !== 'absent',
    staged: isStaged,
    secretShaped: isSecretShaped(path),
    ...stateFacts(state),
  }
}

/** A thing of a kind, as a sentence goes on with it. */
export function kindText(kind: FileState['kind']): string {
  return kind === 'other' ? 'no regular file with one name' : `a ${kind}`
}

function stateFacts(state: FileState): Facts {
  switch (state.kind) {
    case 'file':
      return { sizeBytes: state.sizeBytes, mode: state.mode, digest: state.blob }
    case 'symlink':
      return { sizeBytes: 0, mode: 0o777, target: state.target }
    case 'absent':
    case 'directory':
    case 'other':
      return { sizeBytes: 0, mode: 0 }
    default:
      return unreachable(state)
  }
}

function prepared<Args extends object>(
  definition: FileAction<Args>,
  plan: FilePlan,
  given: { readonly args: Args; readonly label: Label | undefined },
): PreparedAction {
  const secret = plan.facts['secretShaped'] === true
  const label = secret ? joinLabels(given.label ?? 'trusted/public', 'trusted/secret') : given.label
  return {
    action: definition.action,
    args: normalized(given.args),
    resources: [...new Set(plan.paths.map((path) => `file:${path}`))],
    facts: plan.facts,
    class: definition.class,
    cost: plan.cost,
    ...(label === undefined || label === 'trusted/public' ? {} : { label }),
  }
}

/** A schema's output holds nothing but JSON, save for members that are there and undefined. */
function normalized(args: object): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}

function issueText(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`
}
