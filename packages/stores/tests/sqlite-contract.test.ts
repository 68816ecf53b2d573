import { blobsContract, logContract, viewsContract } from '@ice-runtime/conformance'
import { newPlace } from './sqlite-place.ts'

for (const [name, threadFromEntries] of [
  ['the SQLite store', undefined],
  ['the SQLite store whose writer is a thread', 0],
] as const) {
  const open = (): ReturnType<typeof newPlace> => newPlace(threadFromEntries)
  logContract(name, { open })
  blobsContract(name, { open })
  viewsContract(name, { open })
}
