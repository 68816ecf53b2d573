import { finding, lineOf, quote } from './finding.ts'
import type { Area, FileText, Finding, Severity } from './finding.ts'
import { members, objectOf, readJson, strings } from './json-text.ts'
import type { ReadObject } from './json-text.ts'

/** Programs that fetch a package and run it. */
const fetchers: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'pipx'])
const secretNames = /key|token|secret|password|credential/i

/** What an agent's or an editor's settings start, allow and send elsewhere. */
export function settingsFindings(file: FileText): readonly Finding[] {
  const settings = readJson(file.text)
  const area: Area = /(?:^|\/)\.(?:vscode|devcontainer)\//.test(file.path) ? 'editor' : 'agent settings'
  if (settings === undefined) return [finding(file, { severity: 'low', area, text: 'is not JSON: what it allows is unknown' })]
  const at = createPlace(file, area)
  return [
    ...servers(settings, file),
    ...permissions(settings, at),
    ...hooks(settings, at),
    ...commands(settings, at),
    ...tasks(settings, at),
    ...approvals(settings, at),
  ]
}

/** Makes findings of one file, at the first line that has a text. */
type Place = (severity: Severity, text: string, wanted: string) => Finding

function createPlace(file: FileText, area: Area): Place {
  return (severity, text, wanted) => finding({ path: file.path, line: lineOf(file.text, wanted) }, { severity, area, text })
}

function servers(settings: ReadObject, file: FileText): readonly Finding[] {
  const at = createPlace(file, 'MCP server')
  const found = settings['mcpServers'] ?? settings['servers'] ?? objectOf(settings['mcp'])?.['servers']
  return members(found).flatMap(([name, value]) => {
    const server = objectOf(value) ?? {}
    const shown = quote(name)
    const literals = members(server['env']).filter(
      ([key, text]) => secretNames.test(key) && typeof text === 'string' && text !== '' && !text.includes('$'),
    )
    return [
      ...strings(server['url']).map((url) =>
        at(
          isPlain(url) ? 'high' : 'medium',
          `${shown} is a server at ${hostOf(url)}${isPlain(url) ? ', without encryption' : ''}`,
          `"${name}"`,
        ),
      ),
      ...strings(server['command']).map((command) =>
        started(shown, [command, ...strings(server['args'])], (severity, text) => at(severity, text, `"${name}"`)),
      ),
      ...literals.map(([key]) => at('high', `${shown} has a value for ${quote(key)} in the file itself`, `"${key}"`)),
    ]
  })
}

function started(name: string, argv: readonly string[], at: (severity: Severity, text: string) => Finding): Finding {
  const [program = '', ...rest] = argv
  const fetched = rest.find((argument) => !argument.startsWith('-') && argument !== 'dlx' && argument !== 'run')
  const fetches = fetchers.has(program) || rest.includes('dlx')
  const pinned = fetched !== undefined && /.@\d/.test(fetched)
  if (fetches && !pinned) return at('high', `${name} fetches whatever is newest and runs it: ${quote(argv.join(' '))}`)
  return at('medium', `${name} starts a program: ${quote(argv.join(' '))}`)
}

function isPlain(url: string): boolean {
  return url.startsWith('http:') && !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(url)
}

function hostOf(url: string): string {
  return quote(/^[a-z+.-]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? url)
}

function permissions(settings: ReadObject, at: Place): readonly Finding[] {
  const given = objectOf(settings['permissions']) ?? {}
  const mode = given['defaultMode']
  return [
    ...strings(given['allow']).flatMap((rule) => {
      if (/^(?:Bash|Shell)(?:\(\s*:?\**\s*\))?$/.test(rule)) return [at('high', `lets an agent run any command: ${quote(rule)}`, rule)]
      if (/^(?:Bash|Shell)\(/.test(rule))
        return [at(rule.includes('*') ? 'medium' : 'low', `lets an agent run without asking: ${quote(rule)}`, rule)]
      if (/^WebFetch(?:\(\*?\))?$/.test(rule)) return [at('medium', 'lets an agent fetch from anywhere without asking', rule)]
      return []
    }),
    ...(mode === 'bypassPermissions' ? [at('high', 'no permission is asked for at all', 'bypassPermissions')] : []),
    ...(mode === 'acceptEdits' ? [at('medium', 'edits are made without asking', 'acceptEdits')] : []),
    ...(settings['enableAllProjectMcpServers'] === true
      ? [at('high', 'starts every MCP server that the project names', 'enableAllProjectMcpServers')]
      : []),
  ]
}

function hooks(settings: ReadObject, at: Place): readonly Finding[] {
  return members(settings['hooks']).flatMap(([event, value]) =>
    commandsIn(value, 0).map((command) => at('medium', `runs on ${quote(event)}: ${quote(command)}`, `"${event}"`)),
  )
}

/** Settings nest their commands a few levels deep; deeper than this is no setting. */
const maxNesting = 6

function commandsIn(value: unknown, depth: number): readonly string[] {
  if (depth > maxNesting) return []
  if (Array.isArray(value)) return value.flatMap((item) => commandsIn(item, depth + 1))
  const object = objectOf(value)
  if (object === undefined) return []
  return Object.entries(object).flatMap(([key, item]) =>
    key === 'command' && typeof item === 'string' ? [item] : commandsIn(item, depth + 1),
  )
}

/** Members that hold a command which is run without being asked for by name. */
const commandMembers: ReadonlyMap<string, Severity> = new Map([
  ['initializeCommand', 'high'],
  ['onCreateCommand', 'medium'],
  ['updateContentCommand', 'medium'],
  ['postCreateCommand', 'medium'],
  ['postStartCommand', 'medium'],
  ['postAttachCommand', 'medium'],
  ['apiKeyHelper', 'medium'],
  ['awsAuthRefresh', 'medium'],
  ['install', 'medium'],
  ['start', 'medium'],
])

function commands(settings: ReadObject, at: Place): readonly Finding[] {
  const own = [...commandMembers].flatMap(([name, severity]) =>
    strings(settings[name]).map((command) => at(severity, `${name} runs: ${quote(command)}`, `"${name}"`)),
  )
  const base = members(settings['env']).filter(([name, value]) => name.endsWith('_BASE_URL') && typeof value === 'string')
  return [...own, ...base.map(([name, value]) => at('high', `${quote(name)} sends model traffic to ${hostOf(String(value))}`, name))]
}

function tasks(settings: ReadObject, at: Place): readonly Finding[] {
  const list = Array.isArray(settings['tasks']) ? settings['tasks'] : []
  return list.flatMap((value) => {
    const task = objectOf(value) ?? {}
    const command = [...strings(task['command']), ...strings(task['args'])].join(' ') || strings(task['script']).join(' ')
    const label = quote(strings(task['label'])[0] ?? command)
    if (objectOf(task['runOptions'])?.['runOn'] === 'folderOpen')
      return [at('high', `${label} runs when the folder is opened: ${quote(command)}`, 'folderOpen')]
    return command === '' ? [] : [at('low', `${label} runs when asked for: ${quote(command)}`, `"${strings(task['label'])[0] ?? command}"`)]
  })
}

function approvals(settings: ReadObject, at: Place): readonly Finding[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (/autoApprove/i.test(name) && (value === true || objectOf(value) !== undefined))
      return [at('high', `${quote(name)}: tools run without asking`, `"${name}"`)]
    if (name === 'task.allowAutomaticTasks' && value === 'on') return [at('high', 'tasks run when the folder is opened', name)]
    return []
  })
}
