import type { TextFile } from './repository.ts'
import type { Violation } from './violation.ts'

/** A home or working directory of whoever wrote the line. */
const machinePath = /(?:^|[\s'"`(=:])\/(?:home|Users|root|work)\/[\w.-]+/
/** Entries of the lock file for packages that belong to others. */
const foreignLockEntry = /"node_modules\/(?:@ice\/[^"]*|ice)"/

export function checkTexts(files: readonly TextFile[]): readonly Violation[] {
  return files.flatMap((file) => [
    ...linesMatching(file, machinePath, { rule: 'machine-path', message: 'names a directory of one machine' }),
    ...(file.path === 'package-lock.json'
      ? linesMatching(file, foreignLockEntry, { rule: 'foreign-name', message: '@ice/* and ice on npm are not ours' })
      : []),
  ])
}

function linesMatching(file: TextFile, pattern: RegExp, what: Pick<Violation, 'rule' | 'message'>): readonly Violation[] {
  return file.text.split('\n').flatMap((line, index) => (pattern.test(line) ? [{ ...what, path: file.path, line: index + 1 }] : []))
}
