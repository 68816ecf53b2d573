import { resolveRelative } from './resolve.ts'
import type { SourceModule } from './source-module.ts'
import type { Violation } from './violation.ts'

/** Files form a list: no file reaches itself through its relative imports, type imports included. */
export function checkCycles(modules: readonly SourceModule[]): readonly Violation[] {
  const known = new Set(modules.map((module) => module.path))
  const edges = new Map(modules.map((module) => [module.path, targetsOf(module).filter((target) => known.has(target))]))
  const finished = new Set<string>()
  const violations: Violation[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (finished.has(path)) return
    const start = trail.indexOf(path)
    if (start !== -1) {
      violations.push({ rule: 'import-cycle', path, line: 0, message: [...trail.slice(start), path].join(' → ') })
      return
    }
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of known) visit(path, [])
  return violations
}

function targetsOf(module: SourceModule): readonly string[] {
  return module.imports.flatMap(({ specifier }) => (specifier?.startsWith('.') === true ? [resolveRelative(module.path, specifier)] : []))
}
