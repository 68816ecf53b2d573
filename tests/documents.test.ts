import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRepository } from '../scripts/architecture/repository.ts'
import { brokenLinks, commandsOf, matchesOutput, unreachedDocuments } from '../scripts/documents.ts'
import { generatedDocuments, regenerate } from '../scripts/generated-documents.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const documents = readRepository(root).files.filter((file) => /^[^/]*\.md$|^(?:docs|spec|design)\/.*\.md$/.test(file.path))
const entryPoints = ['README.md', 'CHANGELOG.md']

describe('documents', () => {
  test('are there', () => {
    expect(documents.map((document) => document.path)).toContain('docs/README.md')
  })

  test('link only to what exists', () => {
    expect(brokenLinks(documents, (path) => existsSync(join(root, path)))).toEqual([])
  })

  test('are each reached from another one', () => {
    expect(unreachedDocuments(documents, entryPoints)).toEqual([])
  })

  test.each(generatedDocuments.map((document) => [document.path, document] as const))('%s is what the code says', (path, document) => {
    const text = documents.find((candidate) => candidate.path === path)?.text ?? ''
    expect(text).toBe(regenerate(document, text))
  })
})

describe('the checks of documents', () => {
  const one = { path: 'docs/one.md', text: '# One thing\n[two](two.md) [two](two.md#a-b) [site](https://example.org)\n' }
  const two = { path: 'docs/two.md', text: '## A `b`!\n[back](one.md#one-thing)\n' }
  const exists = (path: string): boolean => path === one.path || path === two.path

  test('accept intact links', () => {
    expect(brokenLinks([one, two], exists)).toEqual([])
  })

  test('find a link to a file that is gone, to a heading that is gone, and out of the repository', () => {
    const text = '# One thing\n[a](three.md) [b](two.md#c) [c](../../etc/passwd)'
    expect(brokenLinks([{ path: one.path, text }, two], exists)).toEqual([
      'docs/one.md: three.md',
      'docs/one.md: two.md#c',
      'docs/one.md: ../../etc/passwd',
    ])
  })

  test('find a document that nobody links to', () => {
    expect(unreachedDocuments([{ ...one, text: '# One thing' }, two], [one.path])).toEqual([two.path])
  })

  test('find a generated part that is stale', () => {
    const [document] = generatedDocuments
    if (document === undefined) throw new Error('nothing is generated')
    const stale = `<!-- generated from ${document.source} by npm run docs -->\nold\n<!-- end of what is generated -->\n`
    expect(regenerate(document, stale)).not.toBe(stale)
    expect(() => regenerate(document, 'no marks')).toThrow('no marks')
  })

  test('compare output line by line, with … for what varies', () => {
    expect(matchesOutput('run run_… done\n…\nend\n', 'run run_00ab done\na\nb\nend\n')).toBe(true)
    expect(matchesOutput('run run_… done\n', 'run run_00ab failed\n')).toBe(false)
    expect(matchesOutput('a\n', 'a\nb\n')).toBe(false)
    expect(matchesOutput('a.c\n', 'abc\n')).toBe(false)
  })

  test('refuse an output block that follows no command', () => {
    expect(() => commandsOf('```text output\na\n```\n')).toThrow('output of no command')
  })
})

/** Commands of one page share an empty directory and run in order, as a reader would type them. */
describe('documented commands', () => {
  const pages = documents
    .map((document) => ({ path: document.path, commands: commandsOf(document.text) }))
    .filter((page) => page.commands.length > 0)
  const run = promisify(execFile)
  let home = ''

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ice-documents-'))
    await mkdir(join(home, 'bin'))
    const command = `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${join(root, 'packages/cli/src/main.ts')}' "$@"\n`
    await writeFile(join(home, 'bin', 'ice'), command)
    await chmod(join(home, 'bin', 'ice'), 0o755)
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  test('are found', () => {
    expect(pages).not.toEqual([])
  })

  test.each(pages)('of $path do what it says', async ({ path, commands }) => {
    const cwd = join(home, path.replaceAll('/', '-'))
    await mkdir(cwd)
    const env = {
      HOME: home,
      LANG: 'C.UTF-8',
      PATH: [join(home, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      XDG_STATE_HOME: join(home, 'state'),
    }
    const surprises: string[] = []
    for (const { line, script, output } of commands) {
      const { stdout } = await run('sh', ['-eu', '-c', script], { cwd, env })
      if (output !== undefined && !matchesOutput(output, stdout)) surprises.push(`${path}:${line} printed\n${stdout}`)
    }
    expect(surprises).toEqual([])
  })
})
