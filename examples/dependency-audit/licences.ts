/** Licences that ask for little more than being named. */
const permissive: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
])

/** Packages of an npm lock file with the licence it records for each, in the order of the file. */
export function licencesOf(lock: unknown): readonly (readonly [name: string, licence: string])[] {
  return Object.entries(memberOf(lock, 'packages')).flatMap(([path, entry]) => {
    const name = path.split('node_modules/').at(-1) ?? ''
    if (!path.includes('node_modules/') || memberOf(entry, 'link') === true) return []
    const licence = memberOf(entry, 'license')
    return [[name, typeof licence === 'string' ? licence : 'none recorded'] as const]
  })
}

/** True for an expression that can be satisfied by permissive licences alone. */
export function isPermissive(expression: string): boolean {
  const alternatives = expression.replace(/[()]/g, '').split(' OR ')
  return alternatives.some((alternative) => alternative.split(' AND ').every((licence) => permissive.has(licence.trim())))
}

function memberOf(value: unknown, name: string): object | string | boolean {
  const member: unknown = typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined
  return typeof member === 'object' && member !== null ? member : typeof member === 'string' || typeof member === 'boolean' ? member : {}
}
