import type { Fact, FactDeclaration, FactDeclarations, Facts, FactType } from './policy-port.ts'

/** Longer text is no fact but content, of which policy sees size and digest: a rule about more is one that nobody reads. */
export const maxFactBytes = 8192
/** More texts than this in one fact cannot be judged one by one, and one entry has to hold them. */
export const maxFactItems = 1024
/** Names that begin so are how policy languages write entities and extension values: as the name of a fact it would pose as one. */
export const reservedFactPrefix = '__'

export const factTypes: readonly FactType[] = ['string', 'integer', 'boolean', 'strings', 'decimal', 'ip']

/** True for text, whole number, truth value or list of texts, none larger than a fact may be. */
export function isFact(value: unknown): value is Fact {
  if (typeof value === 'string') return isShortText(value)
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return true
  if (!isTextList(value) || value.length > maxFactItems) return false
  return isShortText(value.join(''))
}

/** What keeps these facts from being exactly what was declared, for people; undefined when nothing does. */
export function factsProblem(facts: Facts, declarations: FactDeclarations): string | undefined {
  for (const [name, fact] of Object.entries(facts)) {
    const declaration = Object.hasOwn(declarations, name) ? declarations[name] : undefined
    if (declaration === undefined) return `the fact ${name} is not declared`
    if (!isFact(fact))
      return `the fact ${name} is neither text, whole number, truth value nor list of texts of at most ${maxFactBytes} bytes`
    if (!isOfType(fact, declaration.type)) return `the fact ${name} is declared as ${declaration.type} and is none`
  }
  for (const [name, { optional }] of Object.entries(declarations)) {
    if (optional !== true && !Object.hasOwn(facts, name)) return `the fact ${name} is declared and missing`
  }
  return undefined
}

/** What is wrong with the declarations themselves; undefined when nothing is. */
export function declarationsProblem(declarations: FactDeclarations): string | undefined {
  for (const [name, declaration] of Object.entries(declarations)) {
    if (name === '' || name.length > maxNameChars) return `a fact has a name of no or more than ${maxNameChars} characters`
    if (name.startsWith(reservedFactPrefix))
      return `the fact ${name} begins with ${reservedFactPrefix}, which policy languages keep to themselves`
    if (!isDeclaration(declaration)) return `the fact ${name} is declared as nothing known`
  }
  return undefined
}

const maxNameChars = 256
const decimalPattern = /^-?[0-9]{1,15}\.[0-9]{1,4}$/
/** Loose on purpose: which of these are addresses is for who computes with them, and an engine refuses the rest. */
const addressPattern = /^[0-9a-fA-F:.]{2,45}(?:\/[0-9]{1,3})?$/

function isOfType(fact: Fact, type: FactType): boolean {
  switch (type) {
    case 'string':
      return typeof fact === 'string'
    case 'integer':
      return typeof fact === 'number'
    case 'boolean':
      return typeof fact === 'boolean'
    case 'strings':
      return typeof fact === 'object'
    case 'decimal':
      return typeof fact === 'string' && decimalPattern.test(fact)
    case 'ip':
      return typeof fact === 'string' && addressPattern.test(fact)
    default:
      return false
  }
}

/** Declarations are an author's code, which may say what their type does not allow. */
function isDeclaration(value: FactDeclaration | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  return factTypes.includes(value.type) && (value.optional === undefined || value.optional === true)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isShortText(text: string): boolean {
  // No character takes more than three bytes for each of its units, so most texts need no encoding.
  if (text.length * 3 <= maxFactBytes) return text.isWellFormed()
  return text.length <= maxFactBytes && text.isWellFormed() && new TextEncoder().encode(text).length <= maxFactBytes
}
