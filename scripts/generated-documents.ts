import { taxonomy, taxonomyVersion, transitions } from '@ice-runtime/kernel'
import { commandReference, exitCodeReference } from '../packages/cli/src/table/reference.ts'
import { actionReference } from './action-reference.ts'
import { runDiagram } from './run-diagram.ts'

const endMark = '<!-- end of what is generated -->'

/** A document with a part that the code dictates. */
export interface GeneratedDocument {
  readonly path: string
  /** What the part is generated from, as the mark in the document names it. */
  readonly source: string
  render(): string | Promise<string>
}

export const generatedDocuments: readonly GeneratedDocument[] = [
  { path: 'docs/reference/run-phases.md', source: 'packages/kernel/src/run/phases.ts', render: () => runDiagram(transitions) },
  { path: 'docs/reference/events.md', source: 'packages/kernel/src/run/taxonomy.ts', render: eventTable },
  { path: 'docs/reference/actions.md', source: 'the catalog', render: actionReference },
  { path: 'docs/reference/cli.md', source: 'packages/cli/src/table/commands.ts', render: commandReference },
  { path: 'docs/reference/exit-codes.md', source: 'packages/cli/src/table/exit-codes.ts', render: exitCodeReference },
]

/** The text with what stands between the marks replaced. Throws when a mark is missing: silence would leave it stale. */
export async function regenerate(document: GeneratedDocument, text: string): Promise<string> {
  const startMark = `<!-- generated from ${document.source} by npm run docs -->`
  const start = text.indexOf(startMark)
  const end = text.indexOf(endMark, start)
  if (start === -1 || end === -1) throw new Error(`${document.path} has no marks for what is generated from ${document.source}`)
  return `${text.slice(0, start + startMark.length)}\n\n${await document.render()}\n${text.slice(end)}`
}

function eventTable(): string {
  const rows = Object.entries(taxonomy)
    .map(([type, definition]) => `| ${definition.category} | \`${type}\` | ${definition.v} | ${definition.origins.join(', ')} |`)
    .sort()
  return [
    `Version ${taxonomyVersion}, ${rows.length} types.`,
    '',
    '| Category | Type | Version | Origins |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
