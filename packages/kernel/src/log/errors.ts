/**
 * A fault: the world broke, or input could not be read. Refusals by the rules are never thrown.
 * `code` is stable and listed in `faultCodes`; the text may change.
 */
export class IceError extends Error {
  readonly code: FaultCode
  readonly hint: string | undefined

  constructor(code: FaultCode, message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'IceError'
    this.code = code
    this.hint = options.hint
  }
}

/** Every fault code there is. Frozen: a code is added, never renamed or reused. */
export const faultCodes = [
  'agent.bundle_failed',
  'agent.crashed',
  'agent.not_found',
  'agent.protocol',
  'args.invalid',
  'blob.corrupt',
  'blob.missing',
  'data.inside_workspace',
  'data.in_use',
  'data.unreadable',
  'effect.definition_invalid',
  'effect.failed',
  'effect.not_done',
  'effect.timeout',
  'effect.uncertain',
  'facts.changed',
  'files.conflict',
  'files.failed',
  'files.not_found',
  'files.not_regular',
  'files.outside_root',
  'files.too_large',
  'hook.malformed',
  'hook.settings_malformed',
  'id.malformed',
  'integrity.broken',
  'invariant.violated',
  'isolation.unavailable',
  'json.malformed',
  'limit.exceeded',
  'model.http_error',
  'model.malformed',
  'model.not_found',
  'model.rate_limited',
  'model.stalled',
  'model.unreachable',
  'node.too_old',
  'policy.invalid',
  'prices.invalid',
  'replay.diverged',
  'replay.effect_attempted',
  'run.ended',
  'run.not_found',
  'runtime.closed',
  'runtime.overloaded',
  'script.exhausted',
  'script.invalid',
  'secret.destination',
  'secret.invalid',
  'secret.unknown',
  'secret.unreadable',
  'store.closed',
  'store.conflict',
  'store.failed',
  'store.unknown',
  'store.unsafe_setting',
  'store.version_unsupported',
  'taxonomy.mismatch',
  'taxonomy.unknown',
  'usage.invalid',
  'workspace.busy',
] as const

export type FaultCode = (typeof faultCodes)[number]

/** Stops on a broken invariant: a bug, never an answer to input. Stays on in production. */
export function assert(claim: boolean, invariant: string): asserts claim {
  if (!claim) throw new IceError('invariant.violated', invariant)
}

/** Makes a `switch` over a closed union total: a new member does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new IceError('invariant.violated', `no case for ${JSON.stringify(value)}`)
}
