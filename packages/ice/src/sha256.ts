import { hash } from 'node:crypto'
import type { Sha256 } from '@ice-runtime/kernel'

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
