import { ambientExceptions, ambientPackages, isTest, packageOf } from './layers.ts'
import type { SourceModule } from './source-module.ts'
import type { Violation } from './violation.ts'

/** Possession is permission: only the outermost packages take the clock, randomness and the process by themselves. */
export function checkPowers(modules: readonly SourceModule[]): readonly Violation[] {
  const sources = modules.filter((module) => packageOf(module.path) !== undefined && !isTest(module.path))
  return [
    ...sources.flatMap(ambientViolations),
    ...sources.filter((module) => packageOf(module.path) === 'kernel').flatMap(purityViolations),
    ...staleExceptions(sources),
  ]
}

function ambientViolations(module: SourceModule): readonly Violation[] {
  const home = packageOf(module.path)
  if (home === undefined || ambientPackages.has(home)) return []
  const excepted = ambientExceptions.get(module.path)?.powers ?? []
  const imported = module.imports.filter((item) => item.specifier === 'node:process').map((item) => ({ what: 'process', line: item.line }))
  return [...module.powers, ...imported]
    .filter((power) => !excepted.includes(power.what))
    .map((power) => ({
      rule: 'ambient-power',
      path: module.path,
      line: power.line,
      message: `${power.what} belongs to ${[...ambientPackages].join(' and ')}; take it as an argument`,
    }))
}

function purityViolations(module: SourceModule): readonly Violation[] {
  const at = (line: number, message: string): Violation => ({ rule: 'kernel-pure', path: module.path, line, message })
  return [
    ...module.hostGlobals.map((found) => at(found.line, `${found.what} acts; the kernel only computes`)),
    ...module.awaits.map((found) => at(found.line, `${found.what} waits; the kernel only computes`)),
    ...module.moduleState.map((found) => at(found.line, `a module-level ${found.what} is state`)),
  ]
}

function staleExceptions(modules: readonly SourceModule[]): readonly Violation[] {
  return [...ambientExceptions]
    .filter(([path, { powers }]) => {
      const module = modules.find((candidate) => candidate.path === path)
      return module === undefined || !powers.every((power) => module.powers.some((found) => found.what === power))
    })
    .map(([path]) => ({ rule: 'stale-exception', path, line: 0, message: 'no longer needs its exception in layers.ts' }))
}
