import type { Json, JsonSchema } from '@ice-runtime/kernel'

/** One row of a table for each member of an object's JSON Schema: name, type, bounds, and whether it may be left out. */
export function schemaRows(schema: JsonSchema): readonly string[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(objectOf(schema['properties'])).map(([name, member]) => {
    const property = objectOf(member)
    const notes = [typeText(property), boundsText(property), textOf(property['description']), absence(property, required.includes(name))]
    return `| \`${name}\` | ${notes.filter((note) => note !== '').join('; ')} |`
  })
}

function typeText(property: JsonSchema): string {
  if (property['const'] !== undefined) return `\`${textOf(property['const'])}\``
  if (Array.isArray(property['enum'])) return property['enum'].map((value) => `\`${textOf(value)}\``).join(' or ')
  if (Array.isArray(property['anyOf'])) return property['anyOf'].map((way) => withDescription(objectOf(way))).join(', or ')
  if (property['type'] === 'array') return `list of ${typeText(objectOf(property['items']))}`
  if (property['type'] !== 'object') return textOf(property['type'])
  const members = Object.keys(objectOf(property['properties']))
  return members.length === 0 ? 'object' : `{ ${members.join(', ')} }`
}

function withDescription(way: JsonSchema): string {
  const description = textOf(way['description'])
  return description === '' ? typeText(way) : `${typeText(way)} ${description}`
}

function boundsText(property: JsonSchema): string {
  const pairs = [
    ['minimum', 'maximum', ''],
    ['minLength', 'maxLength', ' characters'],
    ['minItems', 'maxItems', ' items'],
  ] as const
  return pairs
    .map(([low, high, unit]) => {
      const [least, most] = [property[low], property[high]].map((bound) =>
        typeof bound === 'number' ? bound.toLocaleString('en') : undefined,
      )
      if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`
      return most === undefined ? '' : `at most ${most}${unit}`
    })
    .filter((bound) => bound !== '')
    .join('; ')
}

function absence(property: JsonSchema, isRequired: boolean): string {
  if (property['default'] !== undefined) return `${JSON.stringify(property['default'])} when absent`
  return isRequired ? '' : 'optional'
}

function objectOf(value: Json | undefined): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {}
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
