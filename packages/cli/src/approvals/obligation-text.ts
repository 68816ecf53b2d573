import type { Obligation } from '@ice-runtime/kernel'

/** `2 of ops, not who started the run` */
export function obligationText({ from, count, notRequester }: Obligation): string {
  return `${count} of ${from}${notRequester === true ? ', not who started the run' : ''}`
}
