import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const guard = fileURLToPath(new URL('../scripts/require-node.cjs', import.meta.url))

/** Runs the guard as if on another version: what it reads is replaced before it is loaded. */
function guardOn(version: string, sqlite = '3.51.3'): { readonly status: number | null; readonly stderr: string } {
  const versions = JSON.stringify({ node: { value: version }, sqlite: { value: sqlite } })
  const program = `Object.defineProperties(process.versions, ${versions}); require(${JSON.stringify(guard)})`
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  return { status, stderr }
}

test.each(['4.9.1', '18.20.8', '20.20.2', '23.11.1'])('Node %s is told which version is needed and how to get it', (version) => {
  const { status, stderr } = guardOn(version)
  expect(status).toBe(1)
  expect(stderr).toContain(`ICE needs Node 24 or newer; this is Node ${version}`)
  expect(stderr).toContain('npm ci')
})

test.each(['24.0.0', '25.1.0', '100.0.0'])('Node %s passes in silence', (version) => {
  expect(guardOn(version)).toEqual({ status: 0, stderr: '' })
})

test.each(['3.50.4', '3.51.2', '2.99.99'])('a Node 24 with SQLite %s is told that a newer one is needed', (sqlite) => {
  const { status, stderr } = guardOn('24.1.0', sqlite)
  expect(status).toBe(1)
  expect(stderr).toContain(`SQLite 3.51.3; Node 24.1.0 has SQLite ${sqlite}.`)
})

test.each(['3.51.3', '3.52.0', '4.0.0'])('a Node 24 with SQLite %s passes', (sqlite) => {
  expect(guardOn('24.1.0', sqlite).status).toBe(0)
})

test('each npm script that a person starts asks for the version first', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const started = Object.entries(manifest.scripts).filter(([name]) => !name.startsWith('check:'))
  expect(started.length).toBeGreaterThan(5)
  expect(started.filter(([, script]) => !script.startsWith('node scripts/require-node.cjs && ')).map(([name]) => name)).toEqual([])
})
