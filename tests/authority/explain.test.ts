import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { functionAgent } from '@ice-runtime/agents'
import { fileDrivers } from '@ice-runtime/effects'
import { createIce, sha256 } from '@ice-runtime/ice'
import { openRoot } from '@ice-runtime/isolation'
import { openCedarPolicy, policyBundle, policyBytes } from '@ice-runtime/policy'
import { openPlace } from '../../packages/cli/tests/ice-process.ts'
import type { Place } from '../../packages/cli/tests/ice-process.ts'

let place: Place

beforeEach(() => {
  place = openPlace()
  place.write('workspace/src/a.md', 'a')
  place.write('workspace/notes/a.md', 'a')
})
afterEach(() => place[Symbol.dispose]())

/** A run that reads one file under a policy whose text is in the record; returns what it was told. */
async function readUnder(text: string, path: string): Promise<unknown> {
  using root = openRoot(place.workspace)
  const bundle = policyBundle([{ name: 'main.cedar', text }])
  const policy = openCedarPolicy({ bundle, actions: fileDrivers({ root }), sha256 })
  await using ice = await createIce({ workspace: place.workspace, data: place.data, policy })
  ice.store.blobs.put(policyBytes(bundle))
  const agent = functionAgent({
    name: 'reader',
    version: '1',
    requests: [],
    run: async (_input, context) => {
      try {
        await context.propose('files.read', { path })
        return 'read'
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : 'failed'
      }
    },
  })
  const { done } = await ice.run(agent, { allow: ['files.read'] })
  return (await done).output
}

async function explained(): Promise<string> {
  const { stdout } = await place.ice('explain', 'last', '--json')
  const { refused } = JSON.parse(stdout) as { readonly refused: readonly { readonly seq: number }[] }
  return (await place.ice('explain', `last#${refused[0]?.seq}`)).stdout
}

const reading = 'Ice::Action::"files.read"'

describe('a refusal by policy is explained from the record alone', () => {
  test('by the nearest permit, each of its conditions, and the least rule that would allow it', async () => {
    const text = `@description("Sources may be read.")\npermit (principal, action == ${reading}, resource)\nwhen { context.facts.exists && context.facts.path like "src/*" };`
    expect(await readUnder(text, 'notes/a.md')).toBe('policy.forbidden')
    const told = await explained()
    expect(told).toMatch(/policy +refused +policy\.forbidden/)
    expect(told).toMatch(/nearest permit main\.cedar:1 +Sources may be read\./)
    expect(told).toMatch(/true +context\.facts\.exists/)
    expect(told).toMatch(/false +context\.facts\.path like "src\/\*"/)
    expect(told).toMatch(/would flip +with the rule +\(decided again with it: allowed\)/)
    expect(told).toContain('notes/a.md"')
    expect(told).toMatch(/answerable: .+/)
  })

  test('by the rule that forbids it, and that without it alone it would be allowed', async () => {
    const text = `permit (principal, action, resource);\n@description("Notes are; private.")\nforbid (principal, action == ${reading}, resource) when { context.facts.path like "notes/*" };`
    expect(await readUnder(text, 'notes/a.md')).toBe('policy.forbidden')
    const told = await explained()
    expect(told).toMatch(/main\.cedar:2 +Notes are; private\./)
    expect(told).toMatch(/would flip +without the rule main\.cedar:2 +\(decided again with it: allowed\)/)
  })

  test('where two rules forbid it no single one of them is named', async () => {
    const text = `permit (principal, action, resource);\nforbid (principal, action == ${reading}, resource);\nforbid (principal, action, resource);`
    expect(await readUnder(text, 'src/a.md')).toBe('policy.forbidden')
    expect(await explained()).toMatch(/would flip +no single change that was tried allows it/)
  })

  test('what policy allows is allowed by a rule that is named', async () => {
    expect(await readUnder('permit (principal, action, resource);', 'src/a.md')).toBe('read')
    const { stdout } = await place.ice('show', 'last', '--events')
    expect(stdout).toContain('main.cedar:1')
  })
})
