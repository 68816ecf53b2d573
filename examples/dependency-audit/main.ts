import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleAgent, quickjsAgent } from '@ice-runtime/agents'
import { createIce } from '@ice-runtime/ice'

/** What the agent states; the run has checked it against the agent's schema. */
interface Audit {
  readonly sources: number
  readonly truncated: boolean
  readonly undeclared: readonly {
    readonly manifest: string
    readonly name: string
    readonly isOwn: boolean
    readonly path: string
    readonly line: number
    readonly count: number
  }[]
  readonly unused: readonly { readonly path: string; readonly name: string }[]
  readonly licences: { readonly [licence: string]: number }
  readonly unusual: readonly { readonly name: string; readonly licence: string }[]
}

/** One action for each source file, and some to find them. */
const maxSteps = 5000

const { values } = parseArgs({ options: { workspace: { type: 'string' } } })
const workspace = resolve(values.workspace ?? fileURLToPath(new URL('../..', import.meta.url)))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

// It looks at the repository itself, not at a copy: it may only read, so there is nothing it could change.
await using ice = await createIce({ workspace, data: join(mkdtempSync(join(tmpdir(), 'ice-dependency-audit-')), 'data') })
const pool = await ice.quickjs()
const bundle = await bundleAgent(fileURLToPath(new URL('dependency-audit.agent.ts', import.meta.url)), { pool })
const handle = await ice.run(quickjsAgent({ bundle, pool }), { allow: ['files.list:.', 'files.read:.'], ceilings: { steps: maxSteps } })
const { outcome, code, output, steps, refused } = await handle.done
say(`run ${handle.id}: ${outcome}${code === undefined ? '' : ` (${code})`}, ${steps} actions, ${refused} refused`)
if (outcome === 'committed') report(output as unknown as Audit)
else process.exitCode = 1
say(`look further: npm run ice -- show ${handle.id} --data ${ice.data}`)

function report({ sources, truncated, undeclared, unused, licences, unusual }: Audit): void {
  say(`${sources} sources read${truncated ? '; there are more, which were not looked at' : ''}`)
  const shown = ({ manifest, name, path, line, count }: Audit['undeclared'][number]): string =>
    `${name}  missing in ${manifest}, imported at ${path}:${line}${count > 1 ? ` and ${count - 1} more` : ''}`
  list('imported and not declared', undeclared.filter(({ isOwn }) => !isOwn).map(shown))
  list('packages of this repository, not declared', undeclared.filter(({ isOwn }) => isOwn).map(shown))
  list(
    'declared and not imported',
    unused.map(({ path, name }) => `${name}  ${path}`),
  )
  list(
    'licences',
    Object.entries(licences).map(([licence, count]) => `${count}  ${licence}`),
  )
  list(
    'licences to look at',
    unusual.map(({ name, licence }) => `${name}  ${licence}`),
  )
}

function list(title: string, lines: readonly string[]): void {
  say(`${title}: ${lines.length === 0 ? 'none' : ''}`)
  for (const line of lines) say(`  ${line}`)
}
