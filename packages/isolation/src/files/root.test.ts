import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nativeCalls } from './native-calls.ts'
import { pathCalls, procCalls } from './portable-calls.ts'
import { openRoot } from './root.ts'
import type { Directory, Root } from './root.ts'
import { pathProblem } from './relative-path.ts'

let top: string

beforeEach(() => {
  top = fs.mkdtempSync(path.join(tmpdir(), 'ice-root-'))
  fs.mkdirSync(`${top}/tree/sub/deep`, { recursive: true })
  fs.writeFileSync(`${top}/tree/sub/file.txt`, 'hello', { mode: 0o640 })
  fs.writeFileSync(`${top}/outside.txt`, 'outside')
})

afterEach(() => fs.rmSync(top, { recursive: true, force: true }))

const code = (expected: string): object => expect.objectContaining({ code: expected })
const limits = { maxBytes: 1024 }
const textOf = (root: Root, name: string): string => Buffer.from(root.readFile(name, limits).bytes).toString()

describe.each([
  ['openat2', nativeCalls],
  ['fd_walk', procCalls],
  ['path_walk', pathCalls],
] as const)('reading by %s', (opening, calls) => {
  const open = (): Root => openRoot(`${top}/tree`, { calls: calls() })

  test('reads a file with its status', () => {
    using root = open()
    expect(root.opening).toBe(opening)
    const { bytes, status } = root.readFile('sub/file.txt', limits)
    expect(Buffer.from(bytes).toString()).toBe('hello')
    expect(status).toMatchObject({ kind: 'file', mode: 0o640, sizeBytes: 5, linkCount: 1 })
  })

  test('follows no link, neither as last segment nor on the way', () => {
    fs.symlinkSync('../../outside.txt', `${top}/tree/sub/link`)
    fs.symlinkSync('sub', `${top}/tree/alias`)
    using root = open()
    expect(() => root.readFile('sub/link', limits)).toThrow(code('files.outside_root'))
    expect(() => root.readFile('alias/file.txt', limits)).toThrow(code('files.outside_root'))
    expect(() => root.list('alias')).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^files\.(?:not_found|outside_root)$/) }),
    )
    expect(root.status('sub/link')).toMatchObject({ kind: 'symlink', target: '../../outside.txt' })
  })

  test.each(['..', '../outside.txt', 'sub/../../outside.txt', '/etc/passwd', './sub', 'sub//file.txt', 'sub/', '', 'a\0b', '\ud800'])(
    'refuses the path %j',
    (bad) => {
      using root = open()
      expect(() => root.readFile(bad, limits)).toThrow(code('files.outside_root'))
      expect(() => root.status(bad)).toThrow(code('files.outside_root'))
    },
  )

  test('answers that nothing stands at a missing path, or beneath a file', () => {
    using root = open()
    expect(root.status('missing')).toBeUndefined()
    expect(root.status('sub/file.txt/below')).toBeUndefined()
    expect(() => root.readFile('missing', limits)).toThrow(code('files.not_found'))
  })

  test('refuses a file with a second name', () => {
    fs.linkSync(`${top}/outside.txt`, `${top}/tree/twin`)
    using root = open()
    expect(() => root.readFile('twin', limits)).toThrow(code('files.not_regular'))
    expect(() => root.readFile('twin', limits)).toThrow(/hard links/)
  })

  test('refuses directories, pipes and sockets, and does not wait for a writer', async () => {
    spawnSync('mkfifo', [`${top}/tree/pipe`])
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(`${top}/tree/socket`, resolve))
    using root = open()
    for (const name of ['sub', 'pipe', 'socket']) expect(() => root.readFile(name, limits)).toThrow(code('files.not_regular'))
    expect(root.status('pipe')).toMatchObject({ kind: 'other' })
    await new Promise((resolve) => server.close(resolve))
  })

  test('keeps names byte for byte, twins of two normal forms apart', () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
    fs.writeFileSync(`${top}/tree/${composed}`, 'nfc')
    fs.writeFileSync(`${top}/tree/${decomposed}`, 'nfd')
    fs.writeFileSync(`${top}/tree/back\\slash`, 'kept')
    using root = open()
    expect([textOf(root, composed), textOf(root, decomposed), textOf(root, 'back\\slash')]).toEqual(['nfc', 'nfd', 'kept'])
    expect(root.list('.').names).toEqual(['back\\slash', decomposed, composed, 'sub'])
  })

  test('lists a name that is not UTF-8 as refused', () => {
    fs.writeFileSync(Buffer.concat([Buffer.from(`${top}/tree/`), Buffer.from([0x66, 0xff])]), '')
    using root = open()
    expect(root.list('.')).toEqual({ names: ['sub'], refused: ['66ff'] })
  })

  test('stops at the caller’s bound', () => {
    using root = open()
    expect(() => root.readFile('sub/file.txt', { maxBytes: 4 })).toThrow(code('files.too_large'))
  })
})

describe('changing', () => {
  const inSub = (use: (directory: Directory) => void | Promise<void>): Promise<void> => withDirectory('sub', use)

  async function withDirectory(name: string, use: (directory: Directory) => void | Promise<void>): Promise<void> {
    using root = openRoot(`${top}/tree`)
    using directory = root.directory(name)
    if (directory === undefined) throw new Error('no directory')
    await use(directory)
  }

  test('creates files with exactly their mode, links and directories', async () => {
    await inSub(async (directory) => {
      await directory.createFile('new', { bytes: Buffer.from('x'.repeat(100_000)), mode: 0o755 })
      await directory.createFile('open', { bytes: Buffer.from(''), mode: 0o666 })
      directory.createLink('link', '../else where')
      directory.createDirectory('made')
      await directory.sync()
    })
    expect(fs.readFileSync(`${top}/tree/sub/new`, 'utf8')).toHaveLength(100_000)
    expect(fs.statSync(`${top}/tree/sub/new`).mode & 0o7777).toBe(0o755)
    expect(fs.statSync(`${top}/tree/sub/open`).mode & 0o7777).toBe(0o666)
    expect(fs.readlinkSync(`${top}/tree/sub/link`)).toBe('../else where')
    expect(fs.statSync(`${top}/tree/sub/made`).isDirectory()).toBe(true)
  })

  test('never creates over a taken name, a dangling link included', async () => {
    fs.symlinkSync('../../escaped', `${top}/tree/sub/dangling`)
    await inSub(async (directory) => {
      const file = { bytes: Buffer.from('x'), mode: 0o644 }
      await expect(directory.createFile('dangling', file)).rejects.toEqual(code('files.conflict'))
      await expect(directory.createFile('file.txt', file)).rejects.toEqual(code('files.conflict'))
      expect(() => directory.createDirectory('deep')).toThrow(code('files.conflict'))
      expect(() => directory.createLink('deep', 'x')).toThrow(code('files.conflict'))
    })
    expect(fs.existsSync(`${top}/escaped`)).toBe(false)
  })

  test('swaps two names of different kinds', async () => {
    await inSub((directory) => directory.exchange('deep', 'file.txt'))
    expect(fs.statSync(`${top}/tree/sub/file.txt`).isDirectory()).toBe(true)
    expect(fs.readFileSync(`${top}/tree/sub/deep`, 'utf8')).toBe('hello')
  })

  test('renames without replacing', async () => {
    await inSub((directory) => {
      expect(() => directory.rename('file.txt', 'deep')).toThrow(code('files.conflict'))
      directory.rename('file.txt', 'moved')
      expect(() => directory.exchange('moved', 'missing')).toThrow(code('files.not_found'))
    })
    expect(fs.readdirSync(`${top}/tree/sub`)).toEqual(['deep', 'moved'])
  })

  test('removes a link and not its target, and only empty directories', async () => {
    fs.symlinkSync('deep', `${top}/tree/sub/link`)
    fs.writeFileSync(`${top}/tree/sub/deep/file`, '')
    await inSub((directory) => {
      directory.remove('link')
      expect(() => directory.removeDirectory('deep')).toThrow(code('files.conflict'))
      directory.remove('file.txt')
    })
    await withDirectory('sub/deep', (directory) => directory.remove('file'))
    await inSub((directory) => directory.removeDirectory('deep'))
    expect(fs.readdirSync(`${top}/tree/sub`)).toEqual([])
  })

  test('takes single names only', async () => {
    await inSub((directory) => {
      for (const name of ['..', '.', '', 'deep/x', '../x', 'a\0']) {
        expect(() => directory.createDirectory(name)).toThrow(code('files.outside_root'))
        expect(() => directory.rename('file.txt', name)).toThrow(code('files.outside_root'))
      }
    })
  })

  test('a machine without renameat2 and flock refuses by their names', () => {
    using root = openRoot(`${top}/tree`, { calls: procCalls() })
    using directory = root.directory('sub')
    expect(() => directory?.exchange('deep', 'file.txt')).toThrow(code('isolation.unavailable'))
    expect(() => directory?.exchange('deep', 'file.txt')).toThrow(/renameat2/)
    expect(() => root.tryLock()).toThrow(/flock/)
  })

  test('a machine that opens by path refuses every change', async () => {
    using root = openRoot(`${top}/tree`, { calls: pathCalls() })
    using directory = root.directory('sub')
    await expect(directory?.createFile('x', { bytes: Buffer.from(''), mode: 0o644 })).rejects.toEqual(code('isolation.unavailable'))
    for (const change of [
      () => directory?.createDirectory('x'),
      () => directory?.remove('file.txt'),
      () => directory?.createLink('x', 'y'),
    ]) {
      expect(change).toThrow(code('isolation.unavailable'))
    }
  })
})

test('the lock excludes a second holder of this process and of another one', () => {
  using root = openRoot(top)
  using other = openRoot(top)
  const held = root.tryLock()
  expect(held).toBeDefined()
  expect(other.tryLock()).toBeUndefined()
  const flock = (): number | null => spawnSync('flock', ['--nonblock', top, 'true']).status
  expect(flock()).toBe(1)
  held?.[Symbol.dispose]()
  expect(flock()).toBe(0)
  using again = other.tryLock()
  expect(again).toBeDefined()
})

test('the identity is the directory, not its spelling', () => {
  fs.symlinkSync(top, `${top}-alias`)
  using root = openRoot(`${top}/tree/..`)
  using alias = openRoot(`${top}-alias`)
  using below = openRoot(`${top}/tree`)
  fs.unlinkSync(`${top}-alias`)
  expect(alias.identity).toBe(root.identity)
  expect(below.identity).not.toBe(root.identity)
})

test('paths and segments are bounded', () => {
  expect(pathProblem('a/'.repeat(63) + 'a')).toBeUndefined()
  expect(pathProblem('a/'.repeat(64) + 'a')).toMatch(/64 segments/)
  expect(pathProblem('é'.repeat(127))).toBeUndefined()
  expect(pathProblem('é'.repeat(128))).toMatch(/255 bytes/)
  expect(pathProblem(`${'a'.repeat(200)}/`.repeat(21) + 'a')).toMatch(/4095 bytes/)
})
