import { resolve } from 'node:path'
import { views } from '@ice-runtime/kernel'
import type { StoreReader } from '@ice-runtime/kernel'
import { openSqliteStoreReader, sha256 } from '@ice-runtime/stores/sqlite'

/** Opens a data directory for reading, beside a runtime or without one. Throws `data.unreadable`. */
export function openIceReader(data: string): StoreReader {
  return openSqliteStoreReader({ directory: resolve(data), sha256, views })
}
