import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeSettingsFile } from './settings-file.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ice-settings-'))
})
afterEach(() => rmSync(root, { recursive: true }))

test('settings that nobody had are made with the directory they are in, and nothing else is left there', () => {
  const path = join(root, '.claude/settings.json')
  writeSettingsFile(path, 'new')
  expect([readFileSync(path, 'utf8'), readdirSync(join(root, '.claude'))]).toEqual(['new', ['settings.json']])
})

test.each([0o600, 0o664])('settings stay as readable as they were: %o', (mode) => {
  const path = join(root, 'settings.json')
  writeFileSync(path, 'old')
  chmodSync(path, mode)
  writeSettingsFile(path, 'new')
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', mode])
})

test('settings that are kept elsewhere are changed there', () => {
  mkdirSync(join(root, 'dotfiles'))
  const kept = join(root, 'dotfiles/claude.json')
  writeFileSync(kept, 'old')
  symlinkSync('dotfiles/claude.json', join(root, 'settings.json'))
  writeSettingsFile(join(root, 'settings.json'), 'new')
  expect([readFileSync(kept, 'utf8'), lstatSync(join(root, 'settings.json')).isSymbolicLink()]).toEqual(['new', true])
  expect(readdirSync(root).toSorted()).toEqual(['dotfiles', 'settings.json'])
})

test('settings that cannot be written are said to be', () => {
  writeFileSync(join(root, 'file'), '')
  expect(() => writeSettingsFile(join(root, 'file/settings.json'), 'new')).toThrow(expect.objectContaining({ code: 'files.failed' }))
})
