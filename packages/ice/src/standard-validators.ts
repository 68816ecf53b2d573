import { boundsValidator, outputValidator, secretsValidator } from '@ice-runtime/runtime'
import type { Validator } from '@ice-runtime/runtime'

/** The judges every run has unless it names others. */
export function standardValidators(): readonly Validator[] {
  return [outputValidator(), boundsValidator(), secretsValidator()]
}
