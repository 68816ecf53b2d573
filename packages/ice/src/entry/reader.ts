export { assertOutside, defaultDataDirectory } from '../data-directory.ts'
export { openIceReader } from '../open-reader.ts'
export { sha256 } from '@ice-runtime/stores/sqlite'
export { iceVersion } from '../version.ts'
