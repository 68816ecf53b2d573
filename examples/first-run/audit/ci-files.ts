import { finding, quote } from './finding.ts'
import type { FileText, Finding } from './finding.ts'

/** Commands named in one finding. */
const maxNamed = 3
const maxPerFile = 20

/** What a file of a continuous integration runs, and where it hands its rights to others. */
export function ciFindings(file: FileText): readonly Finding[] {
  const lines = file.text.split('\n')
  const commands = /\.ya?ml$/.test(file.path) ? commandsOfYaml(lines) : commandsOfScript(lines)
  return [...dangers(file, lines).slice(0, maxPerFile), ...(commands.length === 0 ? [] : [whatRuns(file, commands)])]
}

/** What a git hook runs on the machine of whoever commits. */
export function hookFindings(file: FileText): readonly Finding[] {
  const lines = file.text.split('\n')
  const commands = /\.ya?ml$/.test(file.path)
    ? lines.filter((line) => /^\s*(?:-\s*)?(?:id|run|entry|repo):/.test(line))
    : commandsOfScript(lines)
  const text = `runs on the machine of whoever commits: ${named(commands)}`
  return commands.length === 0 ? [] : [finding(file, { severity: 'medium', area: 'git hook', text })]
}

function whatRuns(file: FileText, commands: readonly string[]): Finding {
  return finding(file, { severity: 'low', area: 'CI', text: `runs ${named(commands)}` })
}

function named(commands: readonly string[]): string {
  const more = commands.length > maxNamed ? ` and ${commands.length - maxNamed} more` : ''
  return (
    commands
      .slice(0, maxNamed)
      .map((command) => quote(command.trim()))
      .join('; ') + more
  )
}

function dangers(file: FileText, lines: readonly string[]): readonly Finding[] {
  const isWorkflow = file.path.includes('.github/')
  return lines.flatMap((line, index) => {
    const at = { path: file.path, line: index + 1 }
    const danger = (severity: Finding['severity'], text: string): Finding => finding(at, { severity, area: 'CI', text })
    if (/^\s*#/.test(line)) return []
    return [
      ...(isWorkflow && /\bpull_request_target\b/.test(line)
        ? [danger('high', "runs with the repository's rights for pull requests of strangers")]
        : []),
      ...(/\$\{\{\s*github\.(?:event\.(?:issue|pull_request|comment|review|discussion|head_commit)|head_ref)/.test(line) &&
      !/^\s*if:/.test(line)
        ? [danger('high', `puts text of strangers into a command: ${quote(line)}`)]
        : []),
      ...(/permissions:\s*write-all/.test(line) ? [danger('medium', 'its token may write everything')] : []),
      ...(/\b(?:curl|wget)\b[^|]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/.test(line)
        ? [danger('medium', `runs what it downloads: ${quote(line)}`)]
        : []),
      ...unpinned(line).map((name) => danger('low', `${quote(name)} is whatever its owner makes it: not pinned to a commit`)),
    ]
  })
}

function unpinned(line: string): readonly string[] {
  const used = /^\s*(?:-\s*)?uses:\s*['"]?([\w.-]+\/[\w./-]+@[\w./-]+)/.exec(line)?.[1]
  return used === undefined || /@[0-9a-f]{40}$/.test(used) ? [] : [used]
}

const commandKey = /^(\s*)(?:-\s*)?(?:run|script|before_script|after_script|command|commands|bash|pwsh|powershell):\s*(.*)$/

/** Commands under the keys that CI systems use, without reading YAML: enough to say what runs, whichever system it is. */
function commandsOfYaml(lines: readonly string[]): readonly string[] {
  const found: string[] = []
  let inside: number | undefined
  for (const line of lines) {
    if (line.trim() === '' || /^\s*#/.test(line)) continue
    const indent = line.length - line.trimStart().length
    if (inside !== undefined && indent > inside) {
      found.push(line.replace(/^\s*-\s*/, ''))
      continue
    }
    inside = undefined
    const [, spaces = '', value = ''] = commandKey.exec(line) ?? []
    if (!commandKey.test(line)) continue
    if (value === '' || /^[|>][+-]?\d*$/.test(value)) inside = spaces.length
    else found.push(value)
  }
  return found
}

/** Lines that only steer a script. */
const steering = /^(?:#|set |cd |echo |if |elif |for |while |case |fi\b|done\b|esac\b|then\b|else\b|do$|\}|\{|$)/

function commandsOfScript(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim()).filter((line) => !steering.test(line))
}
