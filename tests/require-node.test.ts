import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const guard = fileURLToPath(new URL('../scripts/require-node.cjs', import.meta.url))

/** Runs the guard as if on another version: what it reads is replaced before it is loaded. */
function guardOn(version: string): { readonly status: number | null; readonly stderr: string } {
  const program = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(guard)})`
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

test('each npm script that a person starts asks for the version first', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const started = Object.entries(manifest.scripts).filter(([name]) => !name.startsWith('check:'))
  expect(started.length).toBeGreaterThan(5)
  expect(started.filter(([, script]) => !script.startsWith('node scripts/require-node.cjs && ')).map(([name]) => name)).toEqual([])
})
