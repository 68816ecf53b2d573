import { describe, expect, test } from 'vitest'
import { buildProgram } from '../command-line.ts'
import { commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'

const program = buildProgram(() => Promise.resolve())

test('the commands are those of this version, each once', () => {
  const names = commands.map(({ name }) => name)
  expect(names).toEqual(['run', 'ps', 'show', 'explain', 'verify', 'replay', 'abort', 'suspend', 'resume', 'doctor', 'bench'])
  expect(program.commands.map((command) => command.name())).toEqual(names)
})

describe.each(commands.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  const help =
    program.commands
      .find((command) => command.name() === name)
      ?.helpInformation()
      .replaceAll(/\s+/g, ' ') ?? ''

  test('--help has every argument and option of the table, and no other', () => {
    for (const { flags, summary } of entry.options) {
      expect(help).toContain(flags)
      expect(help).toContain(summary)
    }
    for (const { summary } of entry.arguments) expect(help).toContain(summary)
    expect(program.commands.find((command) => command.name() === name)?.options.length).toBe(entry.options.length)
  })

  test('its module is there', async () => {
    expect(typeof (await entry.load()).run).toBe('function')
  })
})

test('no two exit codes are one', () => {
  const codes = Object.values(exitCodes).map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
})
