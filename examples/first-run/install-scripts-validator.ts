import type { IceOptions } from '@ice-runtime/ice'
import type { BlobReader, FileState } from '@ice-runtime/kernel'

type Validator = NonNullable<IceOptions['validators']>[number]

const lifecycle = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare']

/** Judges whether a commit would make an install run something it does not run now. */
export const installScriptsValidator: Validator = {
  name: 'no-new-install-scripts',
  check: ({ staged, blobs }) => {
    const found = staged.entries().flatMap(([path, { base, to }]) => {
      if (path !== 'package.json' && !path.endsWith('/package.json')) return []
      const [before, after] = [scriptsOf(base, blobs), scriptsOf(to, blobs)]
      if (after === 'unreadable') return [`${path} would be no manifest that can be judged`]
      return lifecycle
        .filter((name) => after.get(name) !== undefined && (before === 'unreadable' || before.get(name) !== after.get(name)))
        .map((name) => `${path} would run ${name}: ${after.get(name) ?? ''}`)
    })
    return found.length === 0 ? { passed: true } : { passed: false, detail: found.join('; ') }
  },
}

function scriptsOf(state: FileState, blobs: BlobReader): ReadonlyMap<string, string> | 'unreadable' {
  if (state.kind === 'absent') return new Map()
  if (state.kind !== 'file' || !blobs.has(state.blob)) return 'unreadable'
  try {
    const manifest: unknown = JSON.parse(Buffer.from(blobs.get(state.blob)).toString('utf8'))
    const scripts: unknown = typeof manifest === 'object' && manifest !== null && 'scripts' in manifest ? manifest.scripts : {}
    return new Map(Object.entries(scripts ?? {}).map(([name, command]) => [name, String(command)]))
  } catch {
    return 'unreadable'
  }
}
