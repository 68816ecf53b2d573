import { assertOutside, iceVersion } from '@ice-runtime/ice/reader'
import { dataOf, workspaceOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal, Tone } from '../terminal/terminal.ts'
import { aligned, countText, visible } from '../terminal/text.ts'
import { look } from './check.ts'
import type { Finding } from './check.ts'
import { dataFindings } from './data-directory.ts'
import { hostFindings } from './host-findings.ts'
import { isolationFindings, versionFindings } from './machine.ts'

/** `ice doctor` */
export async function run({ options }: Invocation, terminal: Terminal): Promise<Exit> {
  const data = dataOf(options)
  const workspace = workspaceOf(options)
  const outside = await look('workspace', 'runs in this workspace', () => {
    assertOutside(data, workspace)
    return `${workspace}, outside the data directory`
  })
  const kept = await dataFindings(data)
  const isolation = kept[0]?.state === 'fine' ? isolationFindings(data) : []
  const findings = [...versionFindings(), outside, ...kept, ...isolation, ...(await hostFindings(workspace, options))]
  const broken = findings.filter(({ state }) => state === 'broken')
  if (terminal.json) terminal.data.line(JSON.stringify({ ice: iceVersion, ok: broken.length === 0, findings }))
  else tellFindings(findings, broken.length, terminal)
  return broken.length === 0 ? 'ok' : 'isolation'
}

const tones: { readonly [state in Finding['state']]: Tone } = { fine: 'good', missing: 'warn', broken: 'bad', note: 'faint' }

function tellFindings(findings: readonly Finding[], brokenCount: number, { data, talk }: Terminal): void {
  const rows = aligned(findings.map(({ name, state, detail }) => [state, name, visible(detail)]))
  for (const [index, [state = '', name = '', detail = '']] of rows.entries()) {
    const finding = findings[index]
    data.line(`${data.paint(finding === undefined ? 'plain' : tones[finding.state], state)}  ${name}  ${detail}`)
    if (finding?.disables !== undefined)
      data.line(`${' '.repeat(state.length)}  ${' '.repeat(name.length)}  ${data.paint('faint', `disables ${finding.disables}`)}`)
  }
  talk.line(
    brokenCount === 0
      ? `ICE ${iceVersion} has what it needs here`
      : `${countText(brokenCount, 'requirement is', 'requirements are')} not met here`,
  )
}
