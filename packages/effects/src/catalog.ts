import { catalogBytes, declarationsProblem, digestFromBytes, IceError } from '@ice-runtime/kernel'
import type { ActionCatalog, ActionName, Driver, Sha256 } from '@ice-runtime/kernel'

/** More actions than any honest set of tools has; a model could not choose among them either. */
export const maxCatalogActions = 4096

/** ASCII only, so that no letter of another script can pose as one; both words short enough to be read whole. */
const actionNamePattern = /^[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}$/

export function isActionName(text: string): boolean {
  return actionNamePattern.test(text)
}

/**
 * Collects drivers under their exact names. The digest covers names, versions, argument schemas and declared facts, so a
 * run notices when an action it was planned with has changed. Throws `effect.definition_invalid` for a malformed name, a name given twice, and two
 * names that read the same (`notes.all` and `notes.al1`).
 */
export function createCatalog(drivers: readonly Driver[], sha256: Sha256): ActionCatalog {
  if (drivers.length > maxCatalogActions) throw invalid(`a catalog holds at most ${maxCatalogActions} actions`)
  const byName = new Map<ActionName, Driver>()
  const bySkeleton = new Map<string, ActionName>()
  for (const driver of drivers) {
    checkDriver(driver)
    const twin = bySkeleton.get(skeleton(driver.action))
    if (twin === driver.action) throw invalid(`two drivers are named ${driver.action}`)
    if (twin !== undefined) throw invalid(`${driver.action} reads like ${twin}`)
    bySkeleton.set(skeleton(driver.action), driver.action)
    byName.set(driver.action, driver)
  }
  const sorted = [...byName.values()].sort((left, right) => (left.action < right.action ? -1 : 1))
  return { digest: digestFromBytes(sha256(catalogBytes(sorted))), find: (action) => byName.get(action), list: () => sorted }
}

function checkDriver(driver: Driver): void {
  if (!isActionName(driver.action)) {
    throw invalid(`${JSON.stringify(driver.action.slice(0, 80))} is no action name`, 'use area.verb in lowercase ASCII: ledger.post')
  }
  if (!Number.isSafeInteger(driver.version) || driver.version < 1) throw invalid(`${driver.action} needs a version from 1`)
  if (!Number.isSafeInteger(driver.deadlineMs) || driver.deadlineMs < 1) throw invalid(`${driver.action} needs a deadline`)
  const problem = declarationsProblem(driver.facts)
  if (problem !== undefined) throw invalid(`${driver.action}: ${problem}`)
}

/** What is left of a name when characters that are drawn alike are taken for one another. */
function skeleton(action: ActionName): string {
  return action.replaceAll('_', '').replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w')
}

function invalid(message: string, hint?: string): IceError {
  return new IceError('effect.definition_invalid', message, hint === undefined ? {} : { hint })
}
