export { assertOutside, defaultDataDirectory } from '../data-directory.ts'
export { openIceReader } from '../open-reader.ts'
export { sha256 } from '../sha256.ts'
export { iceVersion } from '../version.ts'
