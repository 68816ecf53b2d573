import { directory, file, link } from './tree.ts'
import type { Tree } from './tree.ts'

export interface CommitScenario {
  readonly name: string
  readonly before: Tree
  readonly after: Tree
}

/** Larger than any buffer on the way. */
const large = 'large\n'.repeat(50_000)
/** One name in two normal forms: two files where the file system keeps bytes. */
const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
const deepPath = Array.from({ length: 30 }, (_, level) => `level${level}`)
const deepTree: Tree = Object.fromEntries(deepPath.map((_, level) => [deepPath.slice(0, level + 1).join('/'), directory]))

/** What a commit may be asked to do, each with the tree before and after. */
export const commitScenarios: readonly CommitScenario[] = [
  { name: 'a new file', before: { kept: file('kept') }, after: { kept: file('kept'), new: file('new') } },
  { name: 'an overwritten file', before: { a: file('old') }, after: { a: file('new') } },
  { name: 'a removed file', before: { a: file('old'), b: file('kept') }, after: { b: file('kept') } },
  { name: 'a moved file', before: { a: file('moved', 0o755) }, after: { b: file('moved', 0o755) } },
  { name: 'two files that swap names', before: { a: file('a'), b: file('b') }, after: { a: file('b'), b: file('a') } },
  { name: 'a changed mode', before: { run: file('#!', 0o644) }, after: { run: file('#!', 0o755) } },
  {
    name: 'symbolic links made, retargeted and removed',
    before: { old: link('x'), gone: link('/nowhere') },
    after: { old: link('y'), new: link('../..') },
  },
  {
    name: 'a file that becomes a link, and a link that becomes a file',
    before: { a: file('a'), b: link('a') },
    after: { a: link('b'), b: file('b') },
  },
  { name: 'empty and large files', before: { a: file(''), b: file(large) }, after: { a: file(large), b: file(''), c: file('') } },
  {
    name: 'a deep tree that is new',
    before: {},
    after: { ...deepTree, [`${deepPath.join('/')}/leaf`]: file('leaf') },
  },
  {
    name: 'a deep tree that goes',
    before: { ...deepTree, [`${deepPath.join('/')}/leaf`]: file('leaf') },
    after: {},
  },
  {
    name: 'names in two normal forms',
    before: { [composed]: file('nfc'), [decomposed]: file('nfd') },
    after: { [composed]: file('nfc, changed'), [decomposed]: file('nfd'), ['日本/語'.replace('/', '')]: file('new') },
  },
  {
    name: 'a moved directory',
    before: { d: directory, 'd/a': file('a'), 'd/e': directory, 'd/e/b': link('../a') },
    after: { m: directory, 'm/a': file('a'), 'm/e': directory, 'm/e/b': link('../a') },
  },
  {
    name: 'a directory that becomes a file, and a file that becomes a directory',
    before: { d: directory, 'd/a': file('a'), f: file('f') },
    after: { d: file('d'), f: directory, 'f/a': file('a') },
  },
  { name: 'an empty directory that goes', before: { d: directory }, after: {} },
  {
    name: 'many kinds at once',
    before: { a: file('a'), d: directory, 'd/x': file('x', 0o600), 'd/y': file('y'), l: link('a') },
    after: { a: file('A', 0o755), d: directory, 'd/y': file('Y'), n: directory, 'n/x': file('x', 0o600), l: link('d') },
  },
]
