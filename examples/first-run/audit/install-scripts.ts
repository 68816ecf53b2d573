import { finding, lineOf, quote } from './finding.ts'
import type { FileText, Finding } from './finding.ts'
import { members, readJson } from './json-text.ts'

/** Scripts that package managers run without being asked for them by name. */
const lifecycle: ReadonlySet<string> = new Set(['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'])
const dependencyFields: readonly string[] = ['dependencies', 'devDependencies', 'optionalDependencies']
/** Where a dependency's content is not pinned by a registry. */
const elsewhere = /^(?:git|github:|gitlab:|bitbucket:|https?:|[\w.-]+\/[\w.-]+(?:#|$))/
/** Scripts named in one finding. */
const maxNamed = 6

/** What a `package.json` runs, by itself or by name. */
export function manifestFindings(file: FileText): readonly Finding[] {
  const manifest = readJson(file.text)
  if (manifest === undefined)
    return [finding(file, { severity: 'low', area: 'install script', text: 'is not JSON: what it runs is unknown' })]
  const scripts = members(manifest['scripts']).filter(([, command]) => typeof command === 'string')
  const own = scripts.filter(([name]) => lifecycle.has(name))
  const named = scripts.filter(([name]) => !lifecycle.has(name)).map(([name]) => name)
  return [
    ...own.map(([name, command]) =>
      finding(
        { path: file.path, line: lineOf(file.text, `"${name}"`, Math.max(0, file.text.indexOf('"scripts"'))) },
        {
          severity: name.endsWith('install') ? 'high' : 'medium',
          area: 'install script',
          text: `${name} runs at every install: ${quote(String(command))}`,
        },
      ),
    ),
    ...(named.length === 0 ? [] : [namedScripts(file, named)]),
    ...dependencyFields.flatMap((field) => members(manifest[field]).flatMap(([name, version]) => foreignDependency(file, name, version))),
  ]
}

function namedScripts(file: FileText, named: readonly string[]): Finding {
  const shown = named.slice(0, maxNamed).map(quote).join(', ')
  const more = named.length > maxNamed ? ` and ${named.length - maxNamed} more` : ''
  const line = lineOf(file.text, '"scripts"')
  return finding(
    { path: file.path, line },
    { severity: 'low', area: 'build script', text: `whoever may write this file decides what runs as ${shown}${more}` },
  )
}

function foreignDependency(file: FileText, name: string, version: unknown): readonly Finding[] {
  if (typeof version !== 'string' || !elsewhere.test(version)) return []
  const line = lineOf(file.text, `"${name}"`)
  return [
    finding(
      { path: file.path, line },
      { severity: 'medium', area: 'install script', text: `${quote(name)} comes from ${quote(version)}, which can change` },
    ),
  ]
}

/** Packages whose scripts the root manifest allows by name (`allowScripts`); undefined when it names none. */
export function allowedScripts(rootManifest: string | undefined): ReadonlySet<string> | undefined {
  const allowed = readJson(rootManifest ?? '')?.['allowScripts']
  return allowed === undefined
    ? undefined
    : new Set(
        members(allowed)
          .filter(([, is]) => is === true)
          .map(([name]) => name),
      )
}

/** Packages that run code of their own when they are installed, read line by line: lock files are large. */
export function npmLockFindings(file: FileText, allowed: ReadonlySet<string> | undefined): readonly Finding[] {
  const found: Finding[] = []
  let name = ''
  for (const [index, line] of file.text.split('\n').entries()) {
    const opened = /^\s{2,}"(?:[^"]*node_modules\/)?((?:@[^/"]+\/)?[^/"]+)": \{$/.exec(line)?.[1]
    if (opened !== undefined && (line.includes('node_modules/') || line.startsWith('    "'))) name = opened
    const at = { path: file.path, line: index + 1 }
    if (line.includes('"hasInstallScript": true'))
      found.push(finding(at, { severity: 'medium', area: 'install script', text: ownCode(name, allowed) }))
    if (/"resolved": "http:/.test(line))
      found.push(finding(at, { severity: 'high', area: 'install script', text: `${quote(name)} is fetched without encryption` }))
    if (/"resolved": "git\+/.test(line))
      found.push(
        finding(at, { severity: 'medium', area: 'install script', text: `${quote(name)} is built from a git repository at install` }),
      )
  }
  return found
}

function ownCode(name: string, allowed: ReadonlySet<string> | undefined): string {
  const runs = `${quote(name)} runs code of its own at install`
  if (allowed === undefined) return runs
  return allowed.has(name) ? `${runs}; allowScripts names it` : `${runs}; allowScripts does not name it`
}

/** The same in pnpm's lock file, where that says it, and what other lock files leave open. */
export function otherLockFindings(file: FileText): readonly Finding[] {
  if (!file.path.endsWith('pnpm-lock.yaml')) {
    return [
      finding(file, { severity: 'info', area: 'install script', text: 'does not say which packages run code of their own at install' }),
    ]
  }
  const found: Finding[] = []
  let name = ''
  for (const [index, line] of file.text.split('\n').entries()) {
    name = /^ {2}(\S.*):$/.exec(line)?.[1] ?? name
    if (!/^\s+requiresBuild: true/.test(line)) continue
    found.push(
      finding(
        { path: file.path, line: index + 1 },
        { severity: 'medium', area: 'install script', text: `${quote(name)} runs code of its own at install` },
      ),
    )
  }
  return found
}

/** Files that are programs in themselves for some build tool. */
const buildFiles: ReadonlyMap<string, string> = new Map([
  ['setup.py', 'is run by pip when the project is installed'],
  ['build.rs', 'is compiled and run by cargo at every build'],
  ['binding.gyp', 'makes npm compile native code at install'],
  ['Makefile', 'says what make runs'],
  ['Justfile', 'says what just runs'],
  ['Rakefile', 'says what rake runs'],
  ['conftest.py', 'is run by pytest before any test'],
])

/** What the name of a file alone says: it is code that a tool runs. */
export function buildFileFinding(path: string): readonly Finding[] {
  const why = buildFiles.get(path.slice(path.lastIndexOf('/') + 1))
  return why === undefined ? [] : [finding({ path }, { severity: 'low', area: 'build script', text: why })]
}
