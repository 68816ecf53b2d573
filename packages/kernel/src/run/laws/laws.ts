import type { Run } from '../run.ts'
import type { IceEntry } from '../taxonomy.ts'
import { actionLaws } from './action-laws.ts'
import { authorityLaws } from './authority-laws.ts'
import { childLaws } from './child-laws.ts'
import type { Law, Violation } from './law.ts'
import { logLaws } from './log-laws.ts'
import { runLaws } from './run-laws.ts'

/** Every law about entries. Commits, `ice verify`, the simulator and the tests check these same ones. */
export const laws: readonly Law[] = [...logLaws, ...runLaws, ...actionLaws, ...authorityLaws, ...childLaws]

/** For each type the laws it can break, those about any entry first. */
const forType: ReadonlyMap<string, readonly Law[]> = indexByType(laws)
const forEveryType = laws.filter((law) => law.concerns === undefined)

/** The first law an entry would break, given the fold of all before it. */
export function brokenLaw(before: Run, entry: IceEntry): Violation | undefined {
  for (const law of forType.get(entry.type) ?? forEveryType) {
    const detail = law.broken(before, entry)
    if (detail !== undefined) return { law: law.id, seq: entry.seq, detail }
  }
  return undefined
}

function indexByType(all: readonly Law[]): ReadonlyMap<string, readonly Law[]> {
  const types = new Set(all.flatMap((law) => law.concerns ?? []))
  const general = all.filter((law) => law.concerns === undefined)
  return new Map([...types].map((type) => [type, [...general, ...all.filter((law) => law.concerns?.includes(type) === true)]]))
}
