import { readFileSync } from 'node:fs'
import type { PolicyFile } from './bundle/policy-bundle.ts'

/** A policy to begin with, and its tests. Copy it, and change it. */
export interface StarterPolicy {
  readonly name: StarterName
  readonly sentence: string
  readonly policy: PolicyFile
  readonly test: PolicyFile
}

export const starterNames = ['read-only', 'workspace-writer', 'networked-researcher', 'production-operator'] as const
export type StarterName = (typeof starterNames)[number]

const sentences: { readonly [Name in StarterName]: string } = {
  'read-only': 'Looks at the workspace and asks models; changes nothing.',
  'workspace-writer': 'Reads and writes the workspace; nothing leaves but what models are asked.',
  'networked-researcher': 'Reads named places on the network, writes notes; nothing private leaves.',
  'production-operator': 'Changes the outside, with people who agree to what cannot be taken back.',
}

/** Reads a starter policy from this package. */
export function starterPolicy(name: StarterName): StarterPolicy {
  return { name, sentence: sentences[name], policy: fileOf(`${name}.cedar`), test: fileOf(`${name}.test.json`) }
}

function fileOf(name: string): PolicyFile {
  return { name, text: readFileSync(new URL(`../policies/${name}`, import.meta.url), 'utf8') }
}
