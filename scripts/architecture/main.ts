import { checkArchitecture } from './check.ts'
import { readRepository } from './repository.ts'
import { formatViolation } from './violation.ts'

const report = checkArchitecture(readRepository(process.cwd()))
for (const violation of report.violations) console.error(formatViolation(violation))
if (report.violations.length > 0) process.exitCode = 1
console.log(`architecture: ${report.modules} files, ${report.imports} imports, ${report.violations.length} violations`)
