import { describe, expect, test } from 'vitest'
import {
  actionMatches,
  destinationMatches,
  isActionPattern,
  isResourcePattern,
  patternWithin,
  resourceMatches,
} from './resource-pattern.ts'

describe('a resource pattern', () => {
  test.each([
    ['file:src', 'file:src'],
    ['file:src/**', 'file:src'],
    ['file:src/**', 'file:src/a.ts'],
    ['file:src/**', 'file:src/deep/a.ts'],
    ['file:src/**', 'file:src/..a'],
    ['file:src/**', 'file:src/a..b/c'],
    ['file:**', 'file:a'],
    ['url:https://example.org/**', 'url:https://example.org/a?b'],
  ])('%s matches %s', (pattern, resource) => {
    expect(resourceMatches(pattern, resource)).toBe(true)
  })

  test.each([
    ['file:src', 'file:src/a.ts'],
    ['file:src/**', 'file:src2'],
    ['file:src/**', 'file:src2/a.ts'],
    ['file:src/**', 'file:SRC/a.ts'],
    ['file:src/**', 'dir:src/a.ts'],
    ['file:src/**', 'file:src/../secret'],
    ['file:src/**', 'file:src/deep/..'],
    ['file:**', 'file:../secret'],
    ['file:**', 'file:..'],
    ['file:**', 'file:'],
    ['file:/**', 'file:'],
    ['file:src**', 'file:src2'],
    ['url:https://example.org/**', 'url:https://example.org.evil/a'],
    ['url:https://example.org/**', 'url:http://example.org/a'],
  ])('%s does not match %s', (pattern, resource) => {
    expect(resourceMatches(pattern, resource)).toBe(false)
  })

  test.each(['file:a', 'file:a/**', 'file:**', 'ledger:main', 'x-y:z', 'file:a*b'])('%s is one', (text) => {
    expect(isResourcePattern(text)).toBe(true)
  })

  test.each(['', 'a', 'File:a', ':a', 'file:', 'file:a*', 'file:a**', 'file:*', 'file:a/***', 'file:a\u0000', 'file:\ud800', '1:a'])(
    '%j is none',
    (text) => {
      expect(isResourcePattern(text)).toBe(false)
    },
  )

  test('is within another one only as a whole', () => {
    expect(patternWithin('file:src/a/**', 'file:src/**')).toBe(true)
    expect(patternWithin('file:src/a', 'file:src/**')).toBe(true)
    expect(patternWithin('file:src/**', 'file:**')).toBe(true)
    expect(patternWithin('file:src/**', 'file:src')).toBe(false)
    expect(patternWithin('file:src2/**', 'file:src/**')).toBe(false)
    expect(patternWithin('file:**', 'file:src/**')).toBe(false)
    expect(patternWithin('file:src/../**', 'file:src')).toBe(false)
    expect(patternWithin('file:src/**', 'file:src/**/**')).toBe(false)
  })
})

describe('an action pattern', () => {
  test('matches one action, or all of an area', () => {
    expect(actionMatches('files.read', 'files.read')).toBe(true)
    expect(actionMatches('files.*', 'files.read')).toBe(true)
    expect(actionMatches('files.*', 'files.')).toBe(false)
    expect(actionMatches('files.*', 'files')).toBe(false)
    expect(actionMatches('files.*', 'filesystem.read')).toBe(false)
    expect(actionMatches('files.r*', 'files.read')).toBe(false)
  })

  test('is within another one when it matches no more', () => {
    expect(actionMatches('files.*', 'files.*')).toBe(true)
    expect(actionMatches('mcp.*', 'mcp.server.*')).toBe(true)
    expect(actionMatches('mcp.server.*', 'mcp.*')).toBe(false)
    expect(actionMatches('files.read', 'files.*')).toBe(false)
  })

  test.each(['files.read', 'files.*', 'mcp.server.tool', 'a.b_c-d'])('%s is one', (text) => {
    expect(isActionPattern(text)).toBe(true)
  })

  test.each(['', '*', '*.read', 'files', 'Files.read', 'files.', 'files.re*', 'files.**', 'a.b.c.d.e.f.g.h'])('%j is none', (text) => {
    expect(isActionPattern(text)).toBe(false)
  })
})

test('a destination pattern matches one destination, or all of a scheme', () => {
  expect(destinationMatches('https://example.org:443', 'https://example.org:443')).toBe(true)
  expect(destinationMatches('https:**', 'https://example.org:443')).toBe(true)
  expect(destinationMatches('mcp:**', 'mcp:notes')).toBe(true)
  expect(destinationMatches('mcp:**', 'mcp:')).toBe(false)
  expect(destinationMatches('http:**', 'https://example.org:443')).toBe(false)
  expect(destinationMatches('https://example.org**', 'https://example.org:443')).toBe(false)
  expect(destinationMatches('**', 'mcp:notes')).toBe(false)
})
