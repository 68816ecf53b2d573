import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesInOrder } from './workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Compiles every published package to `dist`, each against the compiled form of those before it: what is built is what is published, and
 * a package that works only beside its neighbours' sources does not build.
 */
for (const { folder } of packagesInOrder(root).filter((manifest) => manifest.published)) {
  const home = join(root, 'packages', folder)
  const out = join(home, 'dist')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out)
  const config = join(out, 'tsconfig.json')
  writeFileSync(config, JSON.stringify(buildConfig()))
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], {
    stdio: 'inherit',
    cwd: home,
  })
  rmSync(config)
  if (status !== 0) {
    process.exitCode = 1
    break
  }
  console.log(`built packages/${folder}`)
}

function buildConfig(): object {
  return {
    extends: '../../../tsconfig.json',
    compilerOptions: {
      customConditions: [],
      noEmit: false,
      rootDir: '../src',
      outDir: '.',
      rewriteRelativeImportExtensions: true,
      sourceMap: true,
      declarationMap: true,
    },
    include: ['../src'],
    exclude: ['../src/**/*.test.ts', '../src/**/tests'],
  }
}
