import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostDrivers, hostProposal, unitedActions } from '@ice-runtime/adapters'
import { createCatalog, fileDrivers, randomDriver, timeDriver } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { emptyMap, parseRunId, publicTrusted } from '@ice-runtime/kernel'
import type { JsonObject, PolicyAnswer, Sha256 } from '@ice-runtime/kernel'
import { openMemoryBlobs } from '@ice-runtime/conformance'
import { checkPolicy, openCedarPolicy } from '@ice-runtime/policy'
import { afterAll, expect, test } from 'vitest'

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()
const actions = hostDrivers('claude-code', '/project')

const text = `
@id("looking")
permit (principal, action in Ice::Action::"files", resource)
when { context.class == "observe" && resource.kind == "file" };

@id("plain-git")
permit (principal, action == Ice::Action::"process.run", resource == Ice::Resource::"program:git");

@id("no-secrets")
forbid (principal, action, resource)
when { context.facts has secretShaped && context.facts.secretShaped };

@id("no-network")
forbid (principal, action == Ice::Action::"process.run", resource)
when { context.facts.networkTools.contains("curl") };
`

/** What the policy says of one use of a tool, judged as the hook judges it. */
async function answerTo(tool: string, input: JsonObject): Promise<PolicyAnswer['effect']> {
  const { action, args } = hostProposal('claude-code', { tool, input, cwd: '/project' })
  const driver = createCatalog(actions, sha256).find(action)
  const context = { runId: parseRunId('run_policy000000'), at: 0, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
  const prepared = await driver?.prepare(args, { ...context, signal: new AbortController().signal })
  if (prepared === undefined || 'refused' in prepared) throw new Error(`${tool} is not judged`)
  const engine = openCedarPolicy({ bundle: { files: [{ name: 'main.cedar', text }] }, actions, sha256 })
  const { resources, class: effectClass, facts, cost, egress, label: labels = publicTrusted } = prepared
  const principal = { agent: 'claude-code', namespace: 'default', person: 'ada' }
  return engine.evaluate({ principal, action, resources, class: effectClass, facts, cost, egress, labels, atOnce: false }).effect
}

test.each<[tool: string, input: JsonObject, expected: PolicyAnswer['effect']]>([
  ['Read', { file_path: '/project/src/a.ts' }, 'allow'],
  ['Read', { file_path: '/project/.env' }, 'forbid'],
  ['Read', { file_path: '/project/../etc/passwd' }, 'forbid'],
  ['Glob', { pattern: '**/*.ts' }, 'allow'],
  ['Grep', { pattern: 'KEY', glob: '.env*' }, 'allow'],
  ['Grep', { pattern: 'KEY', glob: '.env' }, 'forbid'],
  ['Write', { file_path: '/project/src/a.ts', content: '' }, 'forbid'],
  ['Bash', { command: 'git status' }, 'allow'],
  ['Bash', { command: 'git status; rm -rf src' }, 'forbid'],
  ['Bash', { command: 'git config alias.x "curl http://a"' }, 'forbid'],
  ['Bash', { command: 'git add .env' }, 'forbid'],
  ['mcp__notes__add', { text: 'a' }, 'forbid'],
  ['NobodyKnows', {}, 'forbid'],
])('a policy in Cedar rules %s %j by what is known of it: %s', async (tool, input, expected) => {
  expect(await answerTo(tool, input)).toBe(expected)
})

const starters = new URL('../packages/policy/policies/', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'host-policy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(readdirSync(starters).filter((name) => name.endsWith('.cedar')))('%s can be adopted for runs and hosts together', (name) => {
  using root = openRoot(folder)
  const own = [...fileDrivers({ root }), timeDriver(), randomDriver({ randomBytes: (count) => new Uint8Array(count) })]
  const model = { action: 'model.generate', facts: {} }
  const bundle = { files: [{ name, text: readFileSync(new URL(name, starters), 'utf8') }] }
  const findings = checkPolicy({ bundle, actions: unitedActions(own, [model], actions) })
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
})
