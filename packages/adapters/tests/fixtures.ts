import { readdirSync, readFileSync } from 'node:fs'
import type { Host } from '@ice-runtime/adapters'

const root = new URL('../fixtures/', import.meta.url)

/** A payload as a program of this version wrote it, with the paths of the machine replaced. */
export interface Fixture {
  readonly host: Host
  readonly version: string
  /** `<event>[-<tool>]`. */
  readonly name: string
  readonly text: string
}

/** Every payload that was captured from a host. */
export function fixturesOf(host: Host): readonly Fixture[] {
  return names(new URL(`${host}/`, root)).flatMap((version) => {
    const folder = new URL(`${host}/${version}/`, root)
    return names(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ host, version, name: name.slice(0, -'.json'.length), text: readFileSync(new URL(name, folder), 'utf8') }))
  })
}

/** Lines of a transcript that was captured from Claude Code. */
export function transcriptLines(version: string, name: string): readonly string[] {
  return readFileSync(new URL(`claude-code/${version}/transcripts/${name}.jsonl`, root), 'utf8').split('\n')
}

function names(folder: URL): readonly string[] {
  return readdirSync(folder).sort()
}
