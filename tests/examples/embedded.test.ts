import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeLeftovers, runExample } from './run-example.ts'

afterAll(removeLeftovers)

test('a program embeds ICE: what was granted is committed, what was not is refused', async () => {
  const ended = await runExample('embedded/main.ts')
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
  const result = JSON.parse(ended.stdout) as { readonly place: string }
  expect(result).toMatchObject({
    outcome: 'committed',
    output: { greeted: 'World', refused: 'Error: refused: grant.resource' },
    steps: 2,
    refused: 1,
  })
  const workspace = join(result.place, readdirSync(result.place).find((name) => name.startsWith('workspace-')) ?? '')
  expect(readdirSync(workspace)).toEqual(['greeting.md'])
  expect(readFileSync(join(workspace, 'greeting.md'), 'utf8')).toBe('Hello, World!\n')
})
