import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRepository } from '../scripts/architecture/repository.ts'
import { brokenLinks, matchesOutput, stepsOf, unreachedDocuments } from '../scripts/documents.ts'
import { generatedDocuments, regenerate } from '../scripts/generated-documents.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const documents = readRepository(root).files.filter((file) =>
  /^[^/]*\.md$|^(?:docs|spec|design)\/.*\.md$|^packages\/[^/]+\/README\.md$/.test(file.path),
)
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

  test.each(generatedDocuments.map((document) => [document.path, document] as const))(
    '%s is what the code says',
    async (path, document) => {
      const text = documents.find((candidate) => candidate.path === path)?.text ?? ''
      expect(text).toBe(await regenerate(document, text))
    },
  )
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

  test('find a generated part that is stale', async () => {
    const [document] = generatedDocuments
    if (document === undefined) throw new Error('nothing is generated')
    const stale = `<!-- generated from ${document.source} by npm run docs -->\nold\n<!-- end of what is generated -->\n`
    expect(await regenerate(document, stale)).not.toBe(stale)
    await expect(regenerate(document, 'no marks')).rejects.toThrow('no marks')
  })

  test('compare output line by line, with … for what varies', () => {
    expect(matchesOutput('run run_… done\n…\nend\n', 'run run_00ab done\na\nb\nend\n')).toBe(true)
    expect(matchesOutput('run run_… done\n', 'run run_00ab failed\n')).toBe(false)
    expect(matchesOutput('a\n', 'a\nb\n')).toBe(false)
    expect(matchesOutput('a.c\n', 'abc\n')).toBe(false)
  })

  test('refuse an output block that follows no command', () => {
    expect(() => stepsOf('```text output\na\n```\n')).toThrow('output of no command')
  })

  test('take commands with their output and files with their names, and leave other blocks alone', () => {
    const page = '```ts file a.ts\n1\n```\n```sh run\nb\n```\n```text output\nc\n```\n```sh\nd\n```\n```ts file ../e.ts\n```\n'
    expect(stepsOf(page)).toEqual([
      { type: 'file', line: 1, name: 'a.ts', content: '1\n' },
      { type: 'command', line: 4, script: 'b\n', output: 'c\n' },
    ])
  })
})

/** Steps of one page share an empty directory and are taken in order, as a reader would. */
describe('documented commands', () => {
  const pages = documents
    .map((document) => ({ path: document.path, steps: stepsOf(document.text) }))
    .filter((page) => page.steps.some((step) => step.type === 'command'))
  const run = promisify(execFile)
  let home = ''

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ice-documents-'))
    await mkdir(join(home, 'bin'))
    const command = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'packages/cli/bin/ice.js')}' "$@"\n`
    await writeFile(join(home, 'bin', 'ice'), command)
    await chmod(join(home, 'bin', 'ice'), 0o755)
    // Where a program of the reader's own finds the packages, as if it had installed them.
    await symlink(join(root, 'node_modules'), join(home, 'node_modules'))
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  test('are found', () => {
    expect(pages).not.toEqual([])
  })

  test.each(pages)('of $path do what it says', { timeout: 60_000 }, async ({ path, steps }) => {
    const cwd = join(home, path.replaceAll('/', '-'))
    await mkdir(cwd)
    const env = {
      CLONE: root,
      HOME: home,
      LANG: 'C.UTF-8',
      NODE_OPTIONS: '--conditions=source',
      PATH: [join(home, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      XDG_STATE_HOME: join(home, 'state'),
    }
    const surprises: string[] = []
    for (const step of steps) {
      if (step.type === 'file') {
        await writeFile(join(cwd, step.name), step.content)
        continue
      }
      // Both streams, as they come: what a reader sees.
      const { stdout } = await run('sh', ['-eu', '-c', `exec 2>&1\n${step.script}`], { cwd, env }).catch((error: unknown) => {
        throw new Error(`${path}:${step.line} ${String(error)}\n${String((error as { stdout?: unknown }).stdout)}`)
      })
      if (step.output !== undefined && !matchesOutput(step.output, stdout)) surprises.push(`${path}:${step.line} printed\n${stdout}`)
    }
    expect(surprises).toEqual([])
  })
})
