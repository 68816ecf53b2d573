import type { Driver } from '@ice-runtime/kernel'
import { changingDrivers } from './changing-drivers.ts'
import type { FileDriverOptions } from './file-driver.ts'
import { readingDrivers } from './reading-drivers.ts'
import { searchDriver } from './search-driver.ts'

/**
 * The drivers of `files.*` over one workspace. Reading sees the run's staged tree; changing returns staged changes and leaves the
 * workspace alone until the run commits.
 */
export function fileDrivers(options: FileDriverOptions): readonly Driver[] {
  return [...readingDrivers(options), searchDriver(options), ...changingDrivers(options)]
}
