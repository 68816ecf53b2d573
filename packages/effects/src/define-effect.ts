import { declarationsProblem, IceError } from '@ice-runtime/kernel'
import type { Driver, FactDeclarations, Json, PerformContext, PreparedAction, Receipt } from '@ice-runtime/kernel'
import { contentSuffixes, factShapes, shapeDeclarations } from './argument-facts.ts'
import { argsJsonSchema } from './args-schema.ts'
import { isActionName } from './catalog.ts'
import { defaultDeadlineMs, maxDeadlineMs } from './effect-definition.ts'
import type { EffectDefinition } from './effect-definition.ts'
import { compensateEffect, performEffect, probeEffect } from './perform-effect.ts'
import { describeEffect, prepareEffect } from './prepare-effect.ts'

/** Longer descriptions crowd out the other tools a model is offered. */
const maxDescriptionLength = 4000

/**
 * Makes a driver of an effect. The definition is checked here and throws `effect.definition_invalid`; at run time whatever the
 * author's functions do wrong before the effect is a refusal (`effect.prepare_failed`), never a default.
 */
export function defineEffect<Args, Result = Json>(definition: EffectDefinition<Args, Result>): Driver {
  checkDefinition(definition)
  const argsSchema = argsJsonSchema(definition.action, definition.args)
  const shapes = factShapes(argsSchema)
  checkFactNames(
    definition.action,
    shapes.map((shape) => shape.argument),
  )
  const own = { ...definition.factTypes, ...(definition.secrets === undefined ? {} : secretsFact) }
  const facts = declaredFacts(definition.action, shapeDeclarations(shapes), own)
  const driver: Driver = {
    action: definition.action,
    version: definition.version,
    description: definition.description,
    argsSchema,
    facts,
    performer: 'runtime',
    deadlineMs: definition.deadlineMs ?? defaultDeadlineMs,
    prepare: (args, context) => prepareEffect({ definition, shapes, facts }, { args, context }),
    describe: (prepared) => describeEffect(definition, prepared),
    perform: (prepared, context) => performEffect(definition, prepared, context),
  }
  // A runtime asks whether a driver can probe by looking for the function, so it is there only where the author wrote one.
  return { ...driver, ...probing(definition), ...compensating(definition) }
}

/** What policy sees of the secrets an effect uses: their names. */
const secretsFact: FactDeclarations = { secrets: { type: 'strings' } }

function probing<Args, Result>(definition: EffectDefinition<Args, Result>): Pick<Driver, 'probe'> {
  if (definition.probe === undefined) return {}
  return { probe: (prepared: PreparedAction, context: PerformContext) => probeEffect(definition, prepared, context) }
}

function compensating<Args, Result>(definition: EffectDefinition<Args, Result>): Pick<Driver, 'compensate'> {
  if (definition.compensate === undefined) return {}
  return {
    compensate: (prepared: PreparedAction, done: Receipt, context: PerformContext) =>
      compensateEffect(definition, { prepared, done }, context),
  }
}

function checkDefinition<Args, Result>(definition: EffectDefinition<Args, Result>): void {
  const { action, version, description, deadlineMs, egress, resources } = definition
  if (typeof action !== 'string' || !isActionName(action)) {
    throw invalid(`${JSON.stringify(action)} is no action name`, 'use area.verb in lowercase ASCII: ledger.post')
  }
  if (!Number.isSafeInteger(version) || version < 1) throw invalid(`${action} needs a version from 1`)
  if (typeof description !== 'string' || description.trim() === '' || description.length > maxDescriptionLength) {
    throw invalid(`${action} needs a description of at most ${maxDescriptionLength} characters`)
  }
  if (deadlineMs !== undefined && !(Number.isSafeInteger(deadlineMs) && deadlineMs >= 1 && deadlineMs <= maxDeadlineMs)) {
    throw invalid(`the deadline of ${action} is not between 1 and ${maxDeadlineMs} ms`)
  }
  if (egress === undefined) throw invalid(`${action} does not say where content goes`, 'use egress: [] when nothing leaves the machine')
  if (resources === undefined) throw invalid(`${action} names no resource`)
  if (typeof definition.describe !== 'function' || typeof definition.perform !== 'function') {
    throw invalid(`${action} needs describe and perform`)
  }
}

/** An argument named like a derived fact of another one would let the proposer choose what policy reads there. */
function checkFactNames(action: string, names: readonly string[]): void {
  for (const name of names) {
    const other = names.find((argument) => contentSuffixes.some((suffix) => name === `${argument}${suffix}`))
    if (other !== undefined) throw invalid(`argument ${name} of ${action} has the name of a fact about ${other}`)
  }
}

/** What the arguments give and what the author adds, which may not be the same fact twice. */
function declaredFacts(action: string, derived: FactDeclarations, own: FactDeclarations): FactDeclarations {
  const twice = Object.keys(own).find((name) => Object.hasOwn(derived, name))
  if (twice !== undefined) throw invalid(`the fact ${twice} of ${action} is already given by an argument`)
  const declared = { ...derived, ...own }
  const problem = declarationsProblem(declared)
  if (problem !== undefined) throw invalid(`${action}: ${problem}`)
  return declared
}

function invalid(message: string, hint?: string): IceError {
  return new IceError('effect.definition_invalid', message, hint === undefined ? {} : { hint })
}
