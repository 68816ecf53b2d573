import { parseSync } from 'oxc-parser'
import type { TextFile } from './repository.ts'
import { isNode, walk } from './syntax-walk.ts'
import type { SyntaxNode } from './syntax-walk.ts'

export interface Import {
  /** As written, or undefined for a dynamic import of something computed. */
  readonly specifier: string | undefined
  readonly line: number
}

/** A place in a file that a rule may object to. */
export interface Finding {
  readonly what: string
  readonly line: number
}

/** What one source file says, as far as rules look. */
export interface SourceModule {
  readonly path: string
  readonly lines: number
  /** Imports, re-exports, dynamic imports and import types, in order of appearance. */
  readonly imports: readonly Import[]
  /** Uses of clock, randomness, process and the like, named as people say them: `Date.now`. */
  readonly powers: readonly Finding[]
  /** Uses of names that only some hosts define: timers, `fetch`, `Buffer`, `console`. */
  readonly hostGlobals: readonly Finding[]
  readonly classes: readonly (Finding & { readonly extendsName: string | undefined })[]
  readonly exportedNames: readonly Finding[]
  /** `let` and `var` outside any function. */
  readonly moduleState: readonly Finding[]
  readonly awaits: readonly Finding[]
  readonly starExports: readonly Finding[]
  /** True when every statement re-exports something. */
  readonly onlyReexports: boolean
}

/** Throws when the file is not TypeScript: a checker that skips what it cannot read passes on nothing. */
export function readModule(file: TextFile): SourceModule {
  const result = parseSync(file.path, file.text)
  const [error] = result.errors
  if (error !== undefined) throw new Error(`${file.path}: ${error.message}`)
  const lineOf = lineCounter(file.text)
  const body: readonly SyntaxNode[] = (result.program.body as readonly unknown[]).filter(isNode)
  const found = {
    powers: [] as Finding[],
    hostGlobals: [] as Finding[],
    classes: [] as SourceModule['classes'][number][],
    awaits: [] as Finding[],
    imports: [] as Import[],
  }
  walk(result.program, (node, parent, key) => {
    const line = lineOf(node.start)
    const power = powerOf(node, parent, key)
    if (power !== undefined) found.powers.push({ what: power, line })
    if (isReference(node, parent, key) && hostGlobals.has(String(node['name'])))
      found.hostGlobals.push({ what: String(node['name']), line })
    if (isAsynchronous(node)) found.awaits.push({ what: node.type, line })
    const imported = importOf(node)
    if (imported !== undefined) found.imports.push({ specifier: imported.specifier, line })
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression')
      found.classes.push({ what: nameOf(node['id']) ?? 'anonymous', line, extendsName: nameOf(node['superClass']) })
  })
  return {
    path: file.path,
    lines: file.text.replace(/\n$/, '').split('\n').length,
    ...found,
    exportedNames: exportedNames(body, lineOf),
    moduleState: body
      .filter((node) => node.type === 'VariableDeclaration' && node['kind'] !== 'const')
      .map((node) => ({ what: String(node['kind']), line: lineOf(node.start) })),
    starExports: body
      .filter((node) => node.type === 'ExportAllDeclaration')
      .map((node) => ({ what: 'export *', line: lineOf(node.start) })),
    onlyReexports: body.length > 0 && body.every((node) => node.type.startsWith('Export') && isNode(node['source'])),
  }
}

const importingTypes = new Set(['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType'])

function importOf(node: SyntaxNode): { readonly specifier: string | undefined } | undefined {
  if (!importingTypes.has(node.type)) return undefined
  const source = node['source'] ?? node['argument']
  if (!isNode(source)) return undefined
  const literal = source.type === 'TSLiteralType' ? source['literal'] : source
  const value = isNode(literal) && literal.type === 'Literal' ? literal['value'] : undefined
  return { specifier: typeof value === 'string' ? value : undefined }
}

const hostGlobals = new Set([
  'Buffer',
  'clearTimeout',
  'console',
  'fetch',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'WebSocket',
  'Worker',
])

/** Members of these are powers; `*` stands for every member. */
const powerfulMembers = new Map<string, readonly string[]>([
  ['Date', ['now']],
  ['Math', ['random']],
  ['performance', ['now', 'timeOrigin']],
  ['crypto', ['getRandomValues', 'randomUUID', 'randomBytes', 'randomInt', 'generateKeyPairSync', 'generateKeySync']],
  ['globalThis', ['*']],
])
const powerfulFunctions = new Set(['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync', 'hrtime'])

function powerOf(node: SyntaxNode, parent: SyntaxNode | undefined, key: string): string | undefined {
  if (node.type === 'MemberExpression') {
    const object = nameOf(node['object'])
    const member = nameOf(node['property'])
    if (object === undefined || member === undefined) return undefined
    const members = powerfulMembers.get(object)
    return members?.includes(member) === true || members?.includes('*') === true ? `${object}.${member}` : undefined
  }
  if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date' && isEmptyList(node['arguments'])) return 'new Date()'
  if (node.type === 'CallExpression') {
    const callee = nameOf(node['callee'])
    if (callee === 'Date') return 'Date()'
    return callee !== undefined && powerfulFunctions.has(callee) ? callee : undefined
  }
  return isReference(node, parent, key) && node['name'] === 'process' ? 'process' : undefined
}

/** False for `x.process`, `{ process: … }` and members of types: those only spell the word. */
function isReference(node: SyntaxNode, parent: SyntaxNode | undefined, key: string): boolean {
  if (node.type !== 'Identifier') return false
  if (parent === undefined || parent['computed'] === true) return true
  if (parent.type === 'MemberExpression') return key !== 'property'
  if (parent.type === 'Property') return key !== 'key' || parent['shorthand'] === true
  return key !== 'key'
}

function isAsynchronous(node: SyntaxNode): boolean {
  if (node.type === 'AwaitExpression') return true
  return (node.type === 'ForOfStatement' && node['await'] === true) || (node.type.includes('Function') && node['async'] === true)
}

function exportedNames(body: readonly SyntaxNode[], lineOf: (offset: number) => number): readonly Finding[] {
  const names: Finding[] = []
  for (const statement of body) {
    if (statement.type !== 'ExportNamedDeclaration' || !isNode(statement['declaration'])) continue
    const declaration = statement['declaration']
    const declarators = Array.isArray(declaration['declarations']) ? (declaration['declarations'] as readonly unknown[]) : [declaration]
    for (const declarator of declarators.filter(isNode)) {
      const name = nameOf(declarator['id'])
      if (name !== undefined) names.push({ what: name, line: lineOf(statement.start) })
    }
  }
  return names
}

function nameOf(value: unknown): string | undefined {
  return isNode(value) && typeof value['name'] === 'string' ? value['name'] : undefined
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const after = starts.findIndex((start) => start > offset)
    return after === -1 ? starts.length : after
  }
}
