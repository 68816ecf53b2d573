import { IceError } from '@ice-runtime/kernel'

/** `RUN` or `RUN#SEQ`, as people write it. Throws `usage.invalid` for another form. */
export function parseEntryPlace(text: string): { readonly runText: string; readonly seq: number | undefined } {
  const [runText = '', seq, ...rest] = text.split('#')
  if (seq === undefined) return { runText, seq: undefined }
  if (rest.length > 0 || !/^[1-9][0-9]{0,14}$/.test(seq)) {
    throw new IceError('usage.invalid', `${JSON.stringify(text)} names no entry`, { hint: 'an entry of a run is RUN#SEQ: last#12' })
  }
  return { runText, seq: Number(seq) }
}
