import { describe, expect, test } from 'vitest'
import type { Command } from 'commander'
import { buildProgram } from '../command-line.ts'
import { commandGroups, commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'

const program = buildProgram(() => Promise.resolve())

test('the commands are those of this version, each once', () => {
  const names = commands.map(({ name }) => name)
  const single = [
    'run',
    'hook',
    'import',
    'declassify',
    'ps',
    'show',
    'explain',
    'verify',
    'replay',
    'abort',
    'approvals',
    'suspend',
    'resume',
    'reconcile',
    'operators',
    'lockdown',
    'grants',
    'policy',
    'doctor',
    'bench',
  ]
  const answering = ['approvals approve', 'approvals deny', 'approvals edit', 'approvals show']
  const ruling = ['grants grant', 'grants revoke', 'policy adopt', 'policy check', 'policy simulate', 'policy suggest', 'policy test']
  const double = [...answering, ...ruling, 'operators add', 'operators remove']
  expect(names.toSorted()).toEqual([...single, ...double].toSorted())
  expect(new Set(names).size).toBe(names.length)
  expect(namesIn(program).toSorted()).toEqual(names.toSorted())
})

/** Every command of the program that does something, by its words. */
function namesIn(parent: Command, before: readonly string[] = []): readonly string[] {
  return parent.commands.flatMap((command) => {
    const words = [...before, command.name()]
    const isGroup = commandGroups.has(words.join(' '))
    return [...(isGroup ? [] : [words.join(' ')]), ...namesIn(command, words)]
  })
}

function find(name: string): Command | undefined {
  return name.split(' ').reduce<Command | undefined>((parent, word) => parent?.commands.find((command) => command.name() === word), program)
}

test('a group has commands, and a word for what they are about', () => {
  for (const [group, summary] of commandGroups) {
    expect(commands.some(({ name }) => name.startsWith(`${group} `))).toBe(true)
    expect(commands.some(({ name }) => name === group)).toBe(false)
    expect(summary).not.toBe('')
  }
})

describe.each(commands.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  const help = find(name)?.helpInformation().replaceAll(/\s+/g, ' ') ?? ''

  test('--help has every argument and option of the table, and no other', () => {
    for (const { flags, summary } of entry.options) {
      expect(help).toContain(flags)
      expect(help).toContain(summary)
    }
    for (const { summary } of entry.arguments) expect(help).toContain(summary)
    expect(find(name)?.options.length).toBe(entry.options.length)
  })

  test('its module is there', async () => {
    expect(typeof (await entry.load()).run).toBe('function')
  })
})

test('no two exit codes are one', () => {
  const codes = Object.values(exitCodes).map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
})
