import { isTest } from './layers.ts'
import type { PackageManifest } from './repository.ts'
import type { SourceModule } from './source-module.ts'
import type { Violation } from './violation.ts'

/** Beyond this a file holds two things. */
const maxFileLines = 400
/** Words that name where code was put, not what it is. */
const emptyWords = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'manager',
  'managers',
  'service',
  'services',
  'lib',
  'shared',
])
const emptySuffix = /(?:Manager|Service|Helper|Helpers|Util|Utils)$/
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/

/** Sizes, names, barrels and classes. */
export function checkShapes(modules: readonly SourceModule[], packages: readonly PackageManifest[]): readonly Violation[] {
  const entries = new Set(packages.flatMap((manifest) => manifest.entryFiles))
  return modules.flatMap((module) => [
    ...lengthViolations(module),
    ...nameViolations(module),
    ...barrelViolations(module, entries),
    ...classViolations(module),
  ])
}

function lengthViolations(module: SourceModule): readonly Violation[] {
  if (module.lines <= maxFileLines) return []
  return [{ rule: 'file-length', path: module.path, line: maxFileLines + 1, message: `${module.lines} lines, at most ${maxFileLines}` }]
}

function nameViolations(module: SourceModule): readonly Violation[] {
  const segments = module.path.split('/')
  const word = segments.flatMap((segment) => segment.split(/[-.]/)).find((part) => emptyWords.has(part))
  const file = segments.at(-1) ?? ''
  return [
    ...(word === undefined ? [] : [{ rule: 'banned-name', path: module.path, line: 0, message: `“${word}” says nothing` }]),
    ...(kebabCase.test(file) ? [] : [{ rule: 'file-name', path: module.path, line: 0, message: 'file names are kebab-case' }]),
    ...module.exportedNames
      .filter((name) => emptySuffix.test(name.what))
      .map((name) => ({ rule: 'banned-name', path: module.path, line: name.line, message: `${name.what}: name what it does` })),
  ]
}

function barrelViolations(module: SourceModule, entries: ReadonlySet<string>): readonly Violation[] {
  const stars = module.starExports.map((found) => ({
    rule: 'barrel',
    path: module.path,
    line: found.line,
    message: 'export * hides what a package offers; list the names',
  }))
  const isIndex = module.path.endsWith('/index.ts')
  if (entries.has(module.path) || !(isIndex || module.onlyReexports)) return stars
  return [...stars, { rule: 'barrel', path: module.path, line: 0, message: 'only an entry of an exports map may gather other files' }]
}

function classViolations(module: SourceModule): readonly Violation[] {
  if (isTest(module.path)) return []
  return module.classes
    .filter((found) => found.extendsName === undefined || !found.extendsName.endsWith('Error'))
    .map((found) => ({ rule: 'class', path: module.path, line: found.line, message: `class ${found.what}: only errors are classes` }))
}
