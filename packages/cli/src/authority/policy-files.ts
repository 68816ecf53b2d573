import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { policyBundle } from '@ice-runtime/ice/policy'
import type { PolicyBundle, PolicyFile } from '@ice-runtime/ice/policy'
import { IceError } from '@ice-runtime/kernel'

/** A policy as it lies on disk: its rules, and the tests beside them. */
export interface PolicyOnDisk {
  readonly bundle: PolicyBundle
  readonly tests: readonly PolicyFile[]
}

const rules = '.cedar'
const tests = '.test.json'

/** One `.cedar` file with its test, or all of a directory. Throws `files.not_found`, `policy.invalid`. */
export function readPolicyFiles(path: string): PolicyOnDisk {
  const place = resolve(path)
  const files = isDirectory(place) ? namesIn(place) : [place, testBeside(place)].filter(exists)
  const read = files.map((file): PolicyFile => ({ name: basename(file), text: readFileSync(file, 'utf8') }))
  const bundle = policyBundle(read.filter(({ name }) => name.endsWith(rules)))
  if (bundle.files.length === 0)
    throw new IceError('files.not_found', `${path} holds no policy`, { hint: 'a policy is one or more files that end in .cedar' })
  return { bundle, tests: read.filter(({ name }) => name.endsWith(tests)) }
}

function namesIn(directory: string): readonly string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(rules) || name.endsWith(tests))
  return names.toSorted().map((name) => join(directory, name))
}

function testBeside(file: string): string {
  return file.endsWith(rules) ? `${file.slice(0, -rules.length)}${tests}` : file
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isDirectory(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new IceError('files.not_found', `there is no ${path}`)
  return found.isDirectory()
}
