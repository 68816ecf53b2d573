import { checkCycles } from './cycle-rules.ts'
import { checkImports } from './import-rules.ts'
import { isTest, packageOf, packageTable } from './layers.ts'
import { checkPowers } from './power-rules.ts'
import type { Repository } from './repository.ts'
import { checkShapes } from './shape-rules.ts'
import { readModule } from './source-module.ts'
import type { SourceModule } from './source-module.ts'
import { checkTexts } from './text-rules.ts'
import type { Violation } from './violation.ts'

export interface ArchitectureReport {
  readonly violations: readonly Violation[]
  /** Source files read, so that a caller can see that something was looked at. */
  readonly modules: number
  readonly imports: number
}

/** Holds every rule of ARCHITECTURE.md against the sources as they are. Saw nothing: fails. */
export function checkArchitecture(repository: Repository): ArchitectureReport {
  const modules = repository.files.filter((file) => /\.(?:ts|mts)$/.test(file.path) && !file.path.endsWith('.d.ts')).map(readModule)
  return {
    modules: modules.length,
    imports: modules.reduce((sum, module) => sum + module.imports.length, 0),
    violations: [
      ...checkPresence(modules, repository),
      ...checkImports(modules, repository.packages),
      ...checkPowers(modules),
      ...checkCycles(modules),
      ...checkShapes(modules, repository.packages),
      ...checkTexts(repository.files),
    ],
  }
}

function checkPresence(modules: readonly SourceModule[], repository: Repository): readonly Violation[] {
  const folders = new Set([...packageTable.keys(), ...repository.packages.map((manifest) => manifest.folder)])
  return [...folders].flatMap((folder) => {
    const path = `packages/${folder}`
    if (!packageTable.has(folder)) return [{ rule: 'saw-nothing', path, line: 0, message: 'no row in the package table' }]
    const seen = modules.some((module) => packageOf(module.path) === folder && !isTest(module.path))
    return seen ? [] : [{ rule: 'saw-nothing', path, line: 0, message: 'no source files were found' }]
  })
}
