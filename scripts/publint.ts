import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packagesInOrder } from './workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
let checked = 0

/** Checks the manifest of every published package against what was built. Run the build first. */
for (const { folder } of packagesInOrder(root).filter((manifest) => manifest.published)) {
  const { messages, pkg } = await publint({ pkgDir: join(root, 'packages', folder), strict: true })
  checked += 1
  for (const message of messages) console.error(`packages/${folder}: ${formatMessage(message, pkg) ?? message.code}`)
  if (messages.length > 0) process.exitCode = 1
}
if (checked === 0) throw new Error('no package was checked')
console.log(`publint: ${checked} packages`)
