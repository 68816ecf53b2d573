import { actionMatches, destinationMatches, isActionPattern, isResourcePattern, patternWithin, resourceMatches } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { names } from './told-verdicts.ts'

/** What a pattern matches, and which of two is the wider one. */
export const patternClaims: readonly AuthorityClaim[] = [
  {
    name: 'a tree matches what is below it, by whole segments',
    holds: () =>
      [
        'file:src',
        'file:src/a',
        'file:src/a/b',
        'file:src-old',
        'file:srcs/a',
        'file:',
        'file:src/..',
        'file:src/../a',
        'file:src/..a',
      ].map((resource) => resourceMatches('file:src/**', resource)),
    is: [true, true, true, false, false, false, false, false, true],
  },
  {
    name: 'a kind matches every name and not none',
    holds: () => ['file:a', 'file:a/b', 'file:', 'files:a', 'file:../a'].map((resource) => resourceMatches('file:**', resource)),
    is: [true, true, false, false, false],
  },
  {
    name: 'a pattern that is no tree matches itself alone',
    holds: () =>
      ['file:a', 'file:a/b', 'file:a*'].map((resource) => [resourceMatches('file:a', resource), resourceMatches('file:a**', resource)]),
    is: [
      [true, false],
      [false, false],
      [false, false],
    ],
  },
  { name: 'a tree with an empty name matches nothing without one', holds: () => resourceMatches('file:/**', 'file:'), is: false },
  {
    name: 'a verb may be one letter long',
    holds: () => [actionMatches('a.*', 'a.b'), actionMatches('a.*', 'a.')],
    is: [true, false],
  },
  {
    name: 'an area is within itself and what is wider, and no other is',
    holds: () =>
      [
        ['files.*', 'files.*'],
        ['files.read', 'files.*'],
        ['mcp.server.*', 'mcp.*'],
        ['mcp.*', 'mcp.server.*'],
        ['files.*', 'mail.*'],
        ['files.*', 'files.read'],
        ['mail.read', 'files.*'],
      ].map(([inner = '', outer = '']) => [actionMatches(outer, inner), names({ actions: [outer] }, { actions: [inner] }) === undefined]),
    is: [true, true, true, false, false, false, false].map((within) => [within, within]),
  },
  {
    name: 'a destination is itself, or one of its scheme',
    holds: () =>
      [
        ['https://a:443', 'https://a:443'],
        ['mcp:**', 'mcp:a'],
        ['mcp:**', 'mcp:'],
        ['mcp:**', 'mcps:a'],
        ['mcp:**', 'a:mcp:'],
        ['mcp:a**', 'mcp:ab'],
        ['https://a:443', 'https://a:4000'],
        ['https://a:443', 'https://a:4'],
        ['**', 'https://a:443'],
        ['https://a:443', 'https://A:443'],
      ].map(([pattern = '', destination = '']) => destinationMatches(pattern, destination)),
    is: [true, true, false, false, false, false, false, false, false, false],
  },
  {
    name: 'an area matches its verbs',
    holds: () =>
      ['files.read', 'files.', 'files', 'filesx.read', 'files.read.all'].map((action) => [
        actionMatches('files.*', action),
        actionMatches('files.read', action),
      ]),
    is: [
      [true, true],
      [false, false],
      [false, false],
      [false, false],
      [true, false],
    ],
  },
  {
    name: 'a pattern is within another when all it matches is',
    holds: () =>
      [
        ['file:a', 'file:**'],
        ['file:a/**', 'file:**'],
        ['file:a/b/**', 'file:a/**'],
        ['file:a', 'file:a/**'],
        ['file:a/**', 'file:a'],
        ['file:ab/**', 'file:a/**'],
        ['file:a/**', 'file:a**'],
        ['file:a/**', 'file:a/**'],
        ['file:**', 'file:a/**'],
        ['file:a/b/**', 'file:a/xy'],
        ['file:a/**', 'file:a/**/**'],
      ].map(([inner = '', outer = '']) => patternWithin(inner, outer)),
    is: [true, true, true, true, false, false, false, true, false, false, false],
  },
  {
    name: 'a resource pattern is a kind and a name',
    holds: () =>
      [
        'file:a',
        'file:a/**',
        'file:**',
        'file:a**',
        'file:a*',
        'file:*',
        'File:a',
        ':a',
        'file:',
        'file:\u0000',
        'file:\ud800',
        '*:**',
      ].map(isResourcePattern),
    is: [true, true, true, false, false, false, false, false, false, false, false, false],
  },
  {
    name: 'an action pattern is an area and a verb',
    holds: () => ['files.read', 'files.*', '*', 'files', 'Files.read', 'files.*.a', 'mcp.a.b', '.read'].map(isActionPattern),
    is: [true, true, false, false, false, false, true, false],
  },
]
