import { readFileSync } from 'node:fs'

interface Manifest {
  readonly version: string
}

/** Of this package: what a run's provisioning records. */
export const iceVersion: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest).version
