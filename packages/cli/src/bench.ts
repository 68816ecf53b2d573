import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IceError } from '@ice-runtime/kernel'
import type { Invocation } from './table/command.ts'

/** `ice bench`: benchmarks are part of the repository, not of what is installed. */
export async function run({ args }: Invocation): Promise<number> {
  const main = fileURLToPath(new URL('../../../bench/main.ts', import.meta.url))
  if (!existsSync(main)) {
    throw new IceError('files.not_found', 'the benchmarks are not part of the installed command', {
      hint: 'clone the repository and say there: npm run bench',
    })
  }
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], { stdio: 'inherit' })
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
