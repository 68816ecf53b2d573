import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assertOutside, defaultDataDirectory, makeDataDirectory } from './data-directory.ts'

describe('the data directory that nobody named', () => {
  test('is what ICE_DATA says, whatever else is set', () => {
    expect(defaultDataDirectory('/code/a', { ICE_DATA: '/data/here', XDG_STATE_HOME: '/state' })).toBe('/data/here')
  })

  test('is below the user’s state, named after the workspace', () => {
    expect(defaultDataDirectory('/code/a', { XDG_STATE_HOME: '/state' })).toMatch(/^\/state\/ice\/a-[0-9a-f]{8}$/)
    expect(defaultDataDirectory('/', { XDG_STATE_HOME: '/state' })).toMatch(/^\/state\/ice\/root-[0-9a-f]{8}$/)
  })

  test('is below the home directory where the environment says nothing, or nothing in words', () => {
    const expected = join(homedir(), '.local', 'state', 'ice')
    expect(defaultDataDirectory('/code/a', {}).startsWith(`${expected}/a-`)).toBe(true)
    expect(defaultDataDirectory('/code/a', { ICE_DATA: '', XDG_STATE_HOME: '' }).startsWith(`${expected}/a-`)).toBe(true)
  })

  test('is one for a workspace and another for its namesake', () => {
    const of = (workspace: string): string => defaultDataDirectory(workspace, { XDG_STATE_HOME: '/state' })
    expect(of('/code/a')).toBe(of('/code/a/../a/'))
    expect(of('/code/a')).not.toBe(of('/play/a'))
  })
})

describe('a data directory inside a workspace', () => {
  let place: string
  let workspace: string

  beforeEach(() => {
    place = realpathSync(mkdtempSync(join(tmpdir(), 'ice-data-')))
    workspace = join(place, 'workspace')
    mkdirSync(join(workspace, 'deep'), { recursive: true })
  })
  afterEach(() => rmSync(place, { recursive: true, force: true }))

  const inside = expect.objectContaining({ code: 'data.inside_workspace' })

  test.each(['', 'data', 'deep/data', 'deep/../data', '..data', 'not/yet/there'])('%j is refused', (path) => {
    expect(() => assertOutside(join(workspace, path), workspace)).toThrow(inside)
  })

  test('is refused when a link leads there, and when the workspace is named by a link', () => {
    symlinkSync(join(workspace, 'deep'), join(place, 'elsewhere'))
    expect(() => assertOutside(join(place, 'elsewhere', 'data'), workspace)).toThrow(inside)
    symlinkSync(workspace, join(place, 'alias'))
    expect(() => assertOutside(join(workspace, 'data'), join(place, 'alias'))).toThrow(inside)
  })

  test('is not one beside it, one that begins like it, or one that a link leads out to', () => {
    mkdirSync(join(place, 'outside'))
    symlinkSync(join(place, 'outside'), join(workspace, 'link'))
    for (const data of [join(place, 'data'), `${workspace}-data`, place, join(workspace, 'link', 'data')])
      expect(() => assertOutside(data, workspace)).not.toThrow()
  })
})

describe('a data directory that is made', () => {
  test.each<[string, (place: string) => string]>([
    ['is a file', (place) => place + '/file'],
    ['lies below a file', (place) => place + '/file/data'],
    ['holds what is not of ICE', (place) => place],
  ])('is refused when it %s, and nothing is put there', (_, where) => {
    const place = mkdtempSync(join(tmpdir(), 'ice-data-'))
    writeFileSync(join(place, 'file'), '')
    expect(() => makeDataDirectory(where(place))).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
    expect(readdirSync(place)).toEqual(['file'])
    rmSync(place, { recursive: true })
  })
})
