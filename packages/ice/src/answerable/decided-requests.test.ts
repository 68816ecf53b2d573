import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { functionAgent } from '@ice-runtime/agents'
import { policyBundle, policyBytes } from '@ice-runtime/policy'
import { readEntries } from '@ice-runtime/runtime'
import { createIce } from '../create-ice.ts'
import { decidedRequests } from './decided-requests.ts'

const text = `permit (principal, action in Ice::Action::"files", resource);
forbid (principal, action == Ice::Action::"files.read", resource == Ice::Resource::"file:closed.txt");
@approval("1 of nobody")
forbid (principal, action == Ice::Action::"files.write", resource);
`

const agent = functionAgent({
  name: 'asker',
  version: '1.0.0',
  requests: [],
  run: async (_input: null, { propose }) => {
    for (const path of ['open.txt', 'closed.txt', 'other/far.txt']) await propose('files.read', { path }).catch(() => undefined)
    await propose('files.write', { path: 'open.txt', content: 'x' }).catch(() => undefined)
    await propose('files.raed', {}).catch(() => undefined)
  },
})

test('requests are read back as policy was asked about them, each under the label the run had by then', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ice-decided-'))
  const workspace = join(root, 'workspace')
  mkdirSync(workspace)
  for (const name of ['open.txt', 'closed.txt']) writeFileSync(join(workspace, name), name)
  try {
    await using ice = await createIce({ workspace, data: join(root, 'data') })
    const bundle = policyBundle([{ name: 'main.cedar', text }])
    await ice.order({ method: 'adoptPolicy', policy: new TextDecoder().decode(policyBytes(bundle)) })
    const names = ['files.read:open.txt', 'files.read:closed.txt', 'files.write:open.txt']
    const { id, done } = await ice.run(agent, { allow: names })
    await done
    const { requests, actions } = decidedRequests(id, readEntries(ice.store.log, id), ice.store.blobs)
    const seen = requests.map(({ decided, happened, agreed, request: { action, resources, labels } }) => [
      `${action} ${resources.join()}`,
      labels,
      decided,
      happened,
      agreed?.length ?? 0,
    ])
    // What no grant covered and what no driver has never came to policy.
    expect(seen).toEqual([
      ['files.read file:open.txt', 'trusted/public', 'authorized', true, 0],
      ['files.read file:closed.txt', 'untrusted/private', 'refused', false, 0],
      ['files.write file:open.txt', 'untrusted/private', 'refused', false, 0],
    ])
    expect(requests[0]).toMatchObject({
      from: `${id}#${readEntries(ice.store.log, id).find(({ type }) => type === 'ActionProposed')?.seq ?? 0}`,
      request: { principal: { agent: 'asker' }, class: 'observe', facts: { path: 'open.txt' } },
    })
    expect(actions?.map(({ action }) => action)).toContain('files.write')
    expect(decidedRequests(id, readEntries(ice.store.log, id), { ...ice.store.blobs, has: () => false }).actions).toBeUndefined()
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
