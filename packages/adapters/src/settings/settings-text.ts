import { IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'

/** Settings longer than this are no settings. */
const maxSettingsChars: number = 1024 * 1024

/**
 * Reads a settings file. An absent or empty one is an empty object. Throws `hook.settings_malformed` for everything that is no plain
 * JSON object: writing it again would lose what was not understood, such as comments.
 */
export function readSettings(text: string | undefined): JsonObject {
  if (text === undefined || text.trim() === '') return {}
  const value = parsed(text)
  if (!isObject(value)) throw malformed('the settings are no JSON object')
  return value
}

/** Writes settings as they were laid out: same indentation, same end. */
export function writeSettings(settings: JsonObject, before: string | undefined): string {
  const indent = /^[ \t]+(?=")/m.exec(before ?? '')?.[0] ?? '  '
  const end = before === undefined || before.trim() === '' || before.endsWith('\n') ? '\n' : ''
  return `${JSON.stringify(settings, undefined, indent)}${end}`
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** An object's member that has to be an object, or absent. Throws `hook.settings_malformed`. */
export function objectAt(settings: JsonObject, name: string): JsonObject {
  const value = settings[name]
  if (value === undefined) return {}
  if (!isObject(value)) throw malformed(`${name} is no object`)
  return value
}

/** An object's member that has to be a list, or absent. Throws `hook.settings_malformed`. */
export function listAt(settings: JsonObject, name: string): readonly Json[] {
  const value = settings[name]
  if (value === undefined) return []
  if (!isList(value)) throw malformed(`${name} is no list`)
  return value
}

function parsed(text: string): Json {
  try {
    return parseStrictJson(text, { maxChars: maxSettingsChars })
  } catch (error) {
    throw malformed(`the settings are no plain JSON: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

function malformed(message: string, cause?: unknown): IceError {
  return new IceError('hook.settings_malformed', message, {
    hint: 'mend the file, or add the entries that `ice hook HOST --print` shows by hand',
    ...(cause === undefined ? {} : { cause }),
  })
}
