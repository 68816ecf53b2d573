import { hash } from 'node:crypto'
import { isSecretShaped } from '@ice-runtime/kernel'
import type { FactDeclarations, Facts } from '@ice-runtime/kernel'

/** Longer text is no fact but content, of which policy sees size and digest. */
export const maxCommandBytes = 8192

export const commandFactTypes: FactDeclarations = {
  command: { type: 'string', optional: true },
  commandSizeBytes: { type: 'integer' },
  commandDigest: { type: 'string' },
  program: { type: 'string' },
  shell: { type: 'boolean' },
  network: { type: 'boolean' },
  networkTools: { type: 'strings' },
  secretShaped: { type: 'boolean' },
}

/** Programs whose purpose is to reach another machine. A list to recognize by, never one to rely on: any program may. */
const networkTools: ReadonlySet<string> = new Set([
  'aws',
  'az',
  'cargo',
  'curl',
  'dig',
  'docker',
  'ftp',
  'gcloud',
  'gh',
  'git',
  'go',
  'kubectl',
  'nc',
  'ncat',
  'netcat',
  'npm',
  'npx',
  'nslookup',
  'pip',
  'pip3',
  'pnpm',
  'rsync',
  'scp',
  'sftp',
  'socat',
  'ssh',
  'telnet',
  'uv',
  'wget',
  'yarn',
])

/**
 * What the text of a command says. `program` is its first word when the whole is one plain call; anything with a meaning to the
 * shell makes it a script, and the program is then `sh`: a first word says nothing about what comes after a `;`.
 */
export function commandFacts(command: string): Facts {
  const words = plainWords(command)
  const found = [...new Set(roughWords(command).map(baseName))].filter((word) => networkTools.has(word)).sort()
  const sizeBytes = Buffer.byteLength(command)
  return {
    ...(sizeBytes <= maxCommandBytes ? { command } : {}),
    commandSizeBytes: sizeBytes,
    commandDigest: hash('sha256', command),
    program: words?.[0] ?? 'sh',
    shell: words === undefined,
    network: found.length > 0,
    networkTools: found,
    secretShaped: roughWords(command).some(isSecretShaped),
  }
}

const plainCharacters = /^[A-Za-z0-9_@%+=:,./-]*$/
/** Longest name of a program that is one: it becomes a resource that grants name. */
const maxProgramChars = 255

/**
 * The words of a command that every POSIX shell reads as one call with exactly these arguments; undefined for anything else, such as
 * expansions, redirections, several commands, comments and assignments.
 */
function plainWords(command: string): readonly string[] | undefined {
  const words: string[] = []
  let rest = command.trim()
  while (rest !== '') {
    const [text = ''] = /^(?:[^\s'"]+|'[^'\n]*'|"[^"\n$`\\!]*")+/.exec(rest) ?? []
    const unquoted = text.replace(/'[^']*'|"[^"]*"/g, '')
    if (text === '' || !plainCharacters.test(unquoted)) return undefined
    words.push(text.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))
    rest = rest.slice(text.length).replace(/^[ \t]+/, '')
  }
  const [program = ''] = words
  if (program === '' || program.length > maxProgramChars || !plainCharacters.test(program) || program.includes('=')) return undefined
  return reservedWords.has(program) ? undefined : words
}

/** Words that begin something else than a call of a program, and builtins that run what follows them as one. */
const reservedWords: ReadonlySet<string> = new Set([
  '.',
  'builtin',
  'case',
  'command',
  'coproc',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'eval',
  'exec',
  'fi',
  'for',
  'function',
  'if',
  'select',
  'source',
  'then',
  'time',
  'trap',
  'until',
  'while',
])

/** Everything in the text that could be a word to somebody: for recognizing, where one too many does no harm. */
function roughWords(command: string): readonly string[] {
  return command.split(/[\s'"`$(){}[\]<>|&;=,:!@\\]+/).filter((word) => word !== '')
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1).toLowerCase()
}
