import { exampleImports, isTest, kernelDependencies, kernelFolders, packageOf, packageTable, scope } from './layers.ts'
import type { PackageManifest } from './repository.ts'
import { resolveRelative } from './resolve.ts'
import type { Import, SourceModule } from './source-module.ts'
import type { Violation } from './violation.ts'

/** Names on npm that belong to others and are one keystroke away from ours. */
const foreignNames = /^(?:ice$|ice\/|@ice\/)/

/** The package table, the kernel's folder order, declared entry points and declared dependencies. */
export function checkImports(modules: readonly SourceModule[], packages: readonly PackageManifest[]): readonly Violation[] {
  return modules.flatMap((module) =>
    module.imports.flatMap((imported) => {
      const message = objection(module, imported, packages)
      return message === undefined ? [] : [{ ...message, path: module.path, line: imported.line }]
    }),
  )
}

type Objection = Pick<Violation, 'rule' | 'message'>

function objection(module: SourceModule, imported: Import, packages: readonly PackageManifest[]): Objection | undefined {
  const { specifier } = imported
  const home = packageOf(module.path)
  if (specifier === undefined) {
    return home === 'kernel' ? { rule: 'kernel-pure', message: 'imports something computed' } : undefined
  }
  if (foreignNames.test(specifier)) return { rule: 'foreign-name', message: `${specifier} on npm is not ours` }
  if (specifier.startsWith('.')) return relativeObjection(module.path, specifier)
  if (specifier.startsWith(scope)) return packageObjection(module, specifier, packages)
  return home === undefined || isTest(module.path) ? undefined : dependencyObjection(home, specifier, packages)
}

function relativeObjection(path: string, specifier: string): Objection | undefined {
  const home = packageOf(path)
  const target = resolveRelative(path, specifier)
  if (!/\.(?:ts|json|cjs|wasm)$/.test(target)) return { rule: 'import-form', message: `${specifier} must end in the file's own extension` }
  if (home !== packageOf(target) && home !== undefined)
    return { rule: 'package-table', message: `${specifier} reaches into another package` }
  if (home !== 'kernel' || isTest(path)) return undefined
  const from = kernelFolders.indexOf(kernelFolder(path))
  const to = kernelFolders.indexOf(kernelFolder(target))
  if (path.split('/').length === 4) return undefined // index.ts beside the folders sees them all
  if (from === -1 || to === -1) return { rule: 'kernel-order', message: `${specifier}: not a folder of the kernel's list` }
  return to > from ? { rule: 'kernel-order', message: `${kernelFolders[from]} comes before ${kernelFolders[to]}` } : undefined
}

function kernelFolder(path: string): string {
  return path.split('/')[3] ?? ''
}

function packageObjection(module: SourceModule, specifier: string, packages: readonly PackageManifest[]): Objection | undefined {
  const [, target = '', ...rest] = specifier.split('/')
  const manifest = packages.find((candidate) => candidate.folder === target)
  const subpath = rest.length === 0 ? '.' : `./${rest.join('/')}`
  if (manifest === undefined || !manifest.subpaths.includes(subpath)) {
    return { rule: 'entry-point', message: `${specifier} is not in any exports map` }
  }
  const home = packageOf(module.path)
  if (home === target) return isTest(module.path) ? undefined : { rule: 'package-table', message: `${home} imports itself by name` }
  if (isTest(module.path)) return undefined
  if (home === undefined) return exampleObjection(module.path, specifier)
  if (packageTable.get(home)?.includes(target) !== true) return { rule: 'package-table', message: `${home} may not import ${target}` }
  return dependencyObjection(home, specifier, packages)
}

function exampleObjection(path: string, specifier: string): Objection | undefined {
  if (!path.startsWith('examples/') || exampleImports.includes(specifier)) return undefined
  return { rule: 'package-table', message: `an example may import ${exampleImports.join(', ')}` }
}

/** A published package must name what it imports, or it works only inside this repository. */
function dependencyObjection(home: string, specifier: string, packages: readonly PackageManifest[]): Objection | undefined {
  if (specifier.startsWith('node:')) {
    return home === 'kernel' ? { rule: 'kernel-pure', message: `${specifier} is not in a browser` } : undefined
  }
  if (home === 'kernel' && !kernelDependencies.includes(specifier)) {
    return { rule: 'kernel-pure', message: `the kernel may import ${kernelDependencies.join(', ')} only` }
  }
  const [first = '', second = ''] = specifier.split('/')
  const name = first.startsWith('@') ? `${first}/${second}` : first
  const manifest = packages.find((candidate) => candidate.folder === home)
  // vitest stays undeclared in contract suites: they run inside it.
  if (name === 'vitest' && home === 'conformance') return undefined
  return manifest?.dependencies.includes(name) === true
    ? undefined
    : { rule: 'undeclared-dependency', message: `${name} is not in the dependencies of ${home}` }
}
