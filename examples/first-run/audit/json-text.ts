/** An object that was read from a file: nothing about it is known. */
export interface ReadObject {
  readonly [key: string]: unknown
}

/** Reads JSON as editors write it, with comments and trailing commas; undefined when it is no object. */
export function readJson(text: string): ReadObject | undefined {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return readLenient(text)
  }
}

export function objectOf(value: unknown): ReadObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ReadObject) : undefined
}

/** The members of what may be an object. */
export function members(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(objectOf(value) ?? {})
}

/** The strings of what may be a list, or the one string. */
export function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function readLenient(text: string): ReadObject | undefined {
  try {
    return objectOf(JSON.parse(withoutComments(text).replace(/,(\s*[}\]])/g, '$1')))
  } catch {
    return undefined
  }
}

/** Strings are matched first, so that what looks like a comment inside one stays. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) => (found.startsWith('"') ? found : ' '))
}
