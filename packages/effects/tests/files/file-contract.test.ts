import { emptyMap } from '@ice-runtime/kernel'
import { directory, driverContract, file, link } from '@ice-runtime/conformance'
import type { DriverContract, Tree } from '@ice-runtime/conformance'
import { readTree } from './real-tree.ts'
import { openSession } from './file-session.ts'

const before: Tree = {
  'a.txt': file('alpha\nbeta\n'),
  '.env': file('KEY=1'),
  bin: file('\u0000\u0001'),
  d: directory,
  'd/b.txt': file('beta', 0o755),
  'd/l': link('../a.txt'),
}

const contracts: { readonly [action: string]: Omit<DriverContract, 'open'> } = {
  'files.read': {
    honestArgs: [{ path: 'a.txt' }, { path: 'd/b.txt', encoding: 'base64' }, { path: '.env' }],
    failingArgs: [
      { args: { path: 'missing' }, code: 'files.not_found' },
      { args: { path: 'd' }, code: 'files.not_regular' },
      { args: { path: 'd/l' }, code: 'files.not_regular' },
    ],
    refusedArgs: [
      { args: { path: '../a.txt' }, code: 'args.invalid' },
      { args: { path: '/etc/passwd' }, code: 'args.invalid' },
      { args: { path: 'd/l/x' }, code: 'files.outside_root' },
    ],
  },
  'files.stat': { honestArgs: [{ path: 'a.txt' }, { path: '.' }, { path: 'd/l' }, { path: 'missing' }] },
  'files.list': { honestArgs: [{ path: '.' }, { path: 'd' }, { path: '.', recursive: true }] },
  'files.search': {
    honestArgs: [
      { path: '.', text: 'beta' },
      { path: 'a.txt', text: 'alpha' },
    ],
  },
  'files.write': {
    honestArgs: [
      { path: 'a.txt', content: 'new' },
      { path: 'n/e/w', content: '', executable: true },
      { path: 'bin', content: 'AAE=', encoding: 'base64' },
    ],
    failingArgs: [
      { args: { path: 'd', content: '' }, code: 'files.not_regular' },
      { args: { path: 'd/l', content: '' }, code: 'files.not_regular' },
    ],
    refusedArgs: [
      { args: { path: 'a', content: 'AAE', encoding: 'base64' }, code: 'args.invalid' },
      { args: { path: '.', content: '' }, code: 'args.invalid' },
      { args: { path: '.ice-run_0-1', content: '' }, code: 'args.invalid' },
      { args: { path: 'a', content: 'x'.repeat(4 * 1024 * 1024 + 1) }, code: 'args.invalid' },
    ],
  },
  'files.delete': {
    honestArgs: [{ path: 'a.txt' }, { path: 'd/l' }, { path: 'd', recursive: true }],
    failingArgs: [
      { args: { path: 'd' }, code: 'files.conflict' },
      { args: { path: 'missing' }, code: 'files.not_found' },
    ],
  },
  'files.move': {
    honestArgs: [
      { from: 'a.txt', to: 'n/a.txt' },
      { from: 'd', to: 'e' },
    ],
    failingArgs: [
      { args: { from: 'a.txt', to: 'bin' }, code: 'files.conflict' },
      { args: { from: 'd', to: 'd/e' }, code: 'files.conflict' },
      { args: { from: 'missing', to: 'x' }, code: 'files.not_found' },
    ],
  },
}

for (const [action, contract] of Object.entries(contracts)) {
  driverContract(action, {
    ...contract,
    open: () => {
      const session = openSession(before)
      return {
        driver: session.driver(action),
        look: () => ({ ...readTree(session.path) }),
        blobs: session.blobs,
        staged: emptyMap(),
        close: () => session[Symbol.dispose](),
      }
    },
  })
}
