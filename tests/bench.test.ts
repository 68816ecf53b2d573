import { spawnSync } from 'node:child_process'
import type { SpawnSyncReturns } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Report {
  readonly machine: { readonly node: string; readonly fileSystem: string }
  readonly figures: readonly { readonly benchmark: string; readonly name: string; readonly value: number; readonly target?: object }[]
}

function bench(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['--conditions=source', 'bench/main.ts', ...args], { cwd: root, encoding: 'utf8' })
}

test('every benchmark measures something, and each target of the project is judged', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = bench('--quick', '--json')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const { figures, machine } = JSON.parse(stdout) as Report
  const names = new Set(figures.map(({ benchmark }) => benchmark))
  expect([...names]).toEqual(['steps', 'growth', 'reading', 'recovery', 'size', 'listing', 'decision', 'grants', 'policy'])
  expect(figures.filter(({ value }) => !Number.isFinite(value) || value <= 0)).toEqual([])
  expect(figures.filter(({ target }) => target !== undefined).length).toBeGreaterThanOrEqual(9)
  expect(machine.node).toBe(process.version)
})

test('a benchmark that does not exist is named and measures nothing', () => {
  const { status, stdout, stderr } = bench('--only', 'speed')
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain('there is no benchmark speed')
})
