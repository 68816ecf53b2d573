import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openRoot } from '../files/root.ts'
import { nativeCalls } from '../files/native-calls.ts'
import { probeIsolation } from './probe-isolation.ts'

test('the probe reports what the capability really does on this machine', () => {
  const found = new Map(probeIsolation().map(({ primitive, available }) => [primitive, available]))
  using root = openRoot(tmpdir(), { calls: nativeCalls() })
  expect(found.get('openat2')).toBe(root.opening === 'openat2')
  expect(found.get('fd_walk')).toBe(fs.existsSync('/proc/self/fd'))
  expect([...found.keys()]).toEqual([
    'koffi',
    'openat2',
    'fd_walk',
    'renameat2.exchange',
    'renameat2.noreplace',
    'flock',
    'fsync.directory',
  ])
})

test('the probe leaves nothing behind', () => {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'ice-probed-'))
  probeIsolation({ directory })
  expect(fs.readdirSync(directory)).toEqual([])
  fs.rmdirSync(directory)
})
