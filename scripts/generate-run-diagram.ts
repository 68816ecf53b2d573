import { readFileSync, writeFileSync } from 'node:fs'
import { withRunDiagram } from './run-diagram.ts'

const path = new URL('../docs/reference/run-phases.md', import.meta.url)
writeFileSync(path, withRunDiagram(readFileSync(path, 'utf8')))
