import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createScrubber } from '@ice-runtime/kernel'
import type { Secrets } from '@ice-runtime/kernel'
import { parseSecret } from './declaration.ts'
import type { SecretDeclaration, SecretSource } from './declaration.ts'
import { openSecrets } from './open-secrets.ts'
import { findSecrets } from './read-secrets.ts'

const directory = mkdtempSync(join(tmpdir(), 'ice-secrets-'))
afterAll(() => rmSync(directory, { recursive: true }))

const board = 'https://board.example.org:443'

function open(source: SecretSource, environment: { readonly [name: string]: string } = {}): Secrets {
  return openSecrets([{ name: 'key', source, destinations: [board] }], { environment, scrubber: createScrubber() })
}

describe('a declaration of a secret', () => {
  test.each<[string, SecretDeclaration]>([
    [`board-key=env:BOARD_KEY@${board}`, { name: 'board-key', source: { env: 'BOARD_KEY' }, destinations: [board] }],
    [
      `k=file:/run/secrets/a=b@c@${board},ledger:main`,
      { name: 'k', source: { file: '/run/secrets/a=b@c' }, destinations: [board, 'ledger:main'] },
    ],
  ])('%s says where the value is and where it may go', (text, declaration) => {
    expect(parseSecret(text)).toEqual(declaration)
  })

  test.each([
    '',
    'board-key',
    'board-key=env:BOARD_KEY',
    'board-key=env:BOARD_KEY@',
    'board-key=env:@https://a:443',
    'board-key=env:BOARD KEY@https://a:443',
    'board-key=the-key-itself@https://a:443',
    'Board=env:BOARD_KEY@https://a:443',
    '=env:BOARD_KEY@https://a:443',
    'k=file:@https://a:443',
    'k=env:K@https://a',
    'k=env:K@https://a:443/path',
    'k=env:K@https://*.a:443',
    'k=env:K@https://a:443,',
  ])('%j is refused, with how to write one', (text) => {
    expect(() => parseSecret(text)).toThrow(expect.objectContaining({ code: 'secret.invalid', hint: expect.stringContaining('NAME=') }))
  })

  test('of a data directory names a source of each kind, a path beside it, and never a value', () => {
    const secrets = {
      a: { env: 'A', destinations: [board] },
      b: { file: 'b.txt', destinations: [board] },
      c: { command: ['pass', 'show', 'c'], destinations: ['ledger:main'] },
    }
    writeFileSync(join(directory, 'secrets.json'), JSON.stringify({ secrets }))
    expect(findSecrets(directory)).toEqual([
      { name: 'a', source: { env: 'A' }, destinations: [board] },
      { name: 'b', source: { file: join(directory, 'b.txt') }, destinations: [board] },
      { name: 'c', source: { command: ['pass', 'show', 'c'] }, destinations: ['ledger:main'] },
    ])
    expect(findSecrets(join(directory, 'elsewhere'))).toEqual([])
  })

  test.each([
    '{"secrets":',
    '[]',
    '{"secrets": {}, "more": 1}',
    '{"secrets": {"a": {"value": "the key itself", "destinations": ["ledger:main"]}}}',
    '{"secrets": {"a": {"env": "A", "file": "a", "destinations": ["ledger:main"]}}}',
    '{"secrets": {"a": {"env": "A"}}}',
    '{"secrets": {"a": {"env": "A", "destinations": []}}}',
    '{"secrets": {"a": {"command": "pass show a", "destinations": ["ledger:main"]}}}',
    '{"secrets": {"a": {"command": [], "destinations": ["ledger:main"]}}}',
    '{"secrets": {"a": {"env": "A", "destinations": ["ledger:main"]}, "a": {"env": "B", "destinations": ["ledger:main"]}}}',
  ])('%s is refused, with its file', (text) => {
    writeFileSync(join(directory, 'secrets.json'), text)
    expect(() => findSecrets(directory)).toThrow(
      expect.objectContaining({ code: 'secret.invalid', message: expect.stringContaining('secrets.json') }),
    )
  })

  test('of one name twice is refused', () => {
    const twice = [parseSecret(`k=env:A@${board}`), parseSecret(`k=env:B@${board}`)]
    expect(() => openSecrets(twice, { environment: {}, scrubber: createScrubber() })).toThrow(
      expect.objectContaining({ code: 'secret.invalid' }),
    )
  })
})

describe('a value', () => {
  test('comes from the environment, a file or a command, without the end of its line, and is known from then on', async () => {
    const file = join(directory, 'key.txt')
    writeFileSync(file, 'from a file of mine\n')
    const sources: readonly (readonly [SecretSource, string])[] = [
      [{ env: 'KEY' }, 'from an environment'],
      [{ file }, 'from a file of mine'],
      [{ command: [process.execPath, '-e', 'console.log("from a command line")'] }, 'from a command line'],
    ]
    for (const [source, value] of sources) {
      const secrets = open(source, { KEY: 'from an environment' })
      expect(await secrets.reveal('key')).toBe(value)
      expect(secrets.scrubber.text(`it is ${value}.`)).toBe('it is [secret removed].')
    }
  })

  test('that is there is known before it is used, and one of a command is not asked for', () => {
    const marker = join(directory, 'was-run')
    expect(open({ env: 'KEY' }, { KEY: 'from an environment' }).scrubber.text('from an environment')).toBe('[secret removed]')
    open({ command: [process.execPath, '-e', `require("fs").writeFileSync(${JSON.stringify(marker)}, "")`] })
    expect(() => rmSync(marker)).toThrow('ENOENT')
  })

  test('that changes is read anew, and the old one stays known', async () => {
    const environment = { KEY: 'the old value of it' }
    const secrets = open({ env: 'KEY' }, environment)
    environment.KEY = 'the new value of it'
    expect(await secrets.reveal('key')).toBe('the new value of it')
    expect(secrets.scrubber.text('the old value of it, the new value of it')).toBe('[secret removed], [secret removed]')
  })

  test.each<[string, SecretSource, string]>([
    ['is not there', { env: 'NONE' }, 'has no value'],
    ['is empty', { env: 'EMPTY' }, 'has no value'],
    ['cannot be read', { file: join(directory, 'no-such-file') }, 'has no value'],
    ['comes of a command that fails', { command: [process.execPath, '-e', 'console.log("partly said"); process.exit(1)'] }, 'has no value'],
    ['comes of a command that there is not', { command: [join(directory, 'no-such-program')] }, 'has no value'],
    ['is too short to be told from other text', { env: 'SHORT' }, 'is shorter than 12 characters'],
  ])('that %s is none', async (_, source, why) => {
    const secrets = open(source, { EMPTY: '', SHORT: 'hunter2' })
    await expect(secrets.reveal('key')).rejects.toThrow(
      expect.objectContaining({ code: 'secret.unreadable', message: expect.stringContaining(why) }),
    )
  })

  test('of a handle that was not declared is unknown', async () => {
    const secrets = open({ env: 'KEY' }, { KEY: 'from an environment' })
    expect(secrets.destinations('other')).toBeUndefined()
    expect(secrets.destinations('key')).toEqual([board])
    await expect(secrets.reveal('other')).rejects.toThrow(expect.objectContaining({ code: 'secret.unknown' }))
  })
})
