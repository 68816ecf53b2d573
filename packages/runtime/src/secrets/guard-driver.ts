import { IceError } from '@ice-runtime/kernel'
import type {
  ActionCatalog,
  Driver,
  PerformContext,
  PreparedAction,
  PrepareRefusal,
  ProbeAnswer,
  Receipt,
  Secrets,
} from '@ice-runtime/kernel'
import type { World } from '../options.ts'
import { scrubbingBlobs } from './scrubbing-blobs.ts'
import { revealFor, secretProblem } from './secret-use.ts'

/** The same world with drivers that are given what they may use, and whose every word is looked through. */
export function guardWorld({ catalog, workspace }: World, secrets: Secrets): World {
  return { catalog: guardCatalog(catalog, secrets), workspace }
}

function guardCatalog(catalog: ActionCatalog, secrets: Secrets): ActionCatalog {
  const guarded = catalog.list().map((driver) => guardDriver(driver, secrets))
  const byName = new Map(guarded.map((driver) => [driver.action, driver]))
  return { digest: catalog.digest, find: (action) => byName.get(action), list: () => guarded }
}

/**
 * A driver as the runtime calls it: secrets are asked about once it has said what it would do, values are there only while it does
 * it, and none of them is in what it says, whatever it does with them.
 */
function guardDriver(driver: Driver, secrets: Secrets): Driver {
  const { scrubber } = secrets
  const within = (prepared: PreparedAction, context: PerformContext): PerformContext => performing(prepared, context, secrets)
  const probe = driver.probe?.bind(driver)
  const compensate = driver.compensate?.bind(driver)
  return {
    ...driver,
    prepare: (args, context) =>
      spoken(
        () => driver.prepare(args, context),
        (answer) => looked(answer, secrets),
        secrets,
      ),
    perform: (prepared, context) => spoken(() => driver.perform(prepared, within(prepared, context)), scrubber.json<Receipt>, secrets),
    describe: (prepared) => scrubber.text(driver.describe(prepared)),
    ...(probe === undefined
      ? {}
      : {
          probe: async (prepared: PreparedAction, context: PerformContext) =>
            await spoken(async () => await probe(prepared, within(prepared, context)), scrubber.json<ProbeAnswer>, secrets),
        }),
    ...(compensate === undefined
      ? {}
      : {
          compensate: async (prepared: PreparedAction, receipt: Receipt, context: PerformContext) =>
            await spoken(async () => await compensate(prepared, receipt, within(prepared, context)), scrubber.json<Receipt>, secrets),
        }),
  }
}

function looked(answer: PreparedAction | PrepareRefusal, secrets: Secrets): PreparedAction | PrepareRefusal {
  const clean = secrets.scrubber.json(answer)
  return typeof clean !== 'object' || clean === null || 'refused' in clean ? clean : (secretProblem(clean, secrets) ?? clean)
}

function performing(prepared: PreparedAction, context: PerformContext, secrets: Secrets): PerformContext {
  return {
    ...context,
    ...progressing(context, secrets),
    blobs: scrubbingBlobs(context.blobs, secrets.scrubber),
    secret: async (name) => await revealFor(name, prepared, secrets),
  }
}

function progressing({ onProgress }: PerformContext, { scrubber }: Secrets): Pick<PerformContext, 'onProgress'> {
  if (onProgress === undefined) return {}
  const pieces = scrubber.pieces()
  return { onProgress: (piece) => onProgress(pieces(piece)) }
}

/** Calls, and looks through what is returned or thrown; at once what is answered at once. */
function spoken<Answer>(
  call: () => Answer | Promise<Answer>,
  look: (answer: Answer) => Answer,
  secrets: Secrets,
): Answer | Promise<Answer> {
  try {
    const answer = call()
    if (!(answer instanceof Promise)) return look(answer)
    return answer.then(look).catch((error: unknown) => {
      throw scrubbedError(error, secrets)
    })
  } catch (error) {
    throw scrubbedError(error, secrets)
  }
}

/** Without its stack and cause, which may hold what was taken out of its message. The same error when nothing was in it. */
function scrubbedError(error: unknown, { scrubber }: Secrets): unknown {
  const whole = wordsOf(error, 0)
  if (scrubber.text(whole) === whole) return error
  const clean = scrubber.text(error instanceof Error ? error.message : whole)
  return error instanceof IceError ? new IceError(error.code, clean) : new Error(clean)
}

/** Chains of causes are followed as far as a person would. */
const maxCauses = 16

function wordsOf(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : jsonOf(error)
  const hint = error instanceof IceError ? (error.hint ?? '') : ''
  const cause = error.cause === undefined || depth >= maxCauses ? '' : wordsOf(error.cause, depth + 1)
  return `${error.message}\n${hint}\n${error.stack ?? ''}\n${cause}`
}

/** Empty for what has no text form: nobody prints it either. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
