import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { agentSource, openPlace } from './ice-process.ts'
import type { Finished, Place } from './ice-process.ts'

const main = fileURLToPath(new URL('../bin/ice.js', import.meta.url))
/** Blocks of 512 bytes, or of 1024 in some shells, that any file may grow to: enough to begin, and reached within a few hundred entries. */
const mostBlocks = 800

let place: Place
beforeEach(() => {
  place = openPlace()
})
afterEach(() => place[Symbol.dispose]())

/** `ice` where the system lets no file grow further, as on a disk that is full: writing fails, and the process is not ended for it. */
async function iceOnFullDisk(...args: readonly string[]): Promise<Finished> {
  const script = `trap '' XFSZ; ulimit -f ${mostBlocks}; exec "$0" --conditions=source "$@"`
  const child = spawn('sh', ['-c', script, process.execPath, main, ...args], {
    cwd: place.workspace,
    env: { ...process.env, ICE_DATA: place.data, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return await new Promise((resolve) => child.on('close', (exit) => resolve({ exit, stdout, stderr })))
}

test('where the record cannot be written any more, every agent of a family is refused and told so, and so is who started it', async () => {
  const asking = `
    for (let count = 0; count < 4000; count += 1) {
      const code = await ctx.propose('files.list', { path: 'src/' + count }).then(() => '', (error) => error.code)
      if (code === 'store.unwritable') return console.log('helper: ' + code)
    }`
  const helper = place.write('helper.ts', agentSource('helper', asking))
  const lent = { agent: 'helper', allow: ['files.list:src'], ceilings: { steps: 5000, sizeBytes: 1_000_000 } }
  const leading = `
    const told = async (doing) => console.log('leader: ' + (await doing.then(() => 'done', (error) => error.code)))
    await told(ctx.propose('agent.spawn', ${JSON.stringify(lent)}))
    await told(ctx.propose('files.list', { path: 'src' }))`
  const leader = place.write('leader.ts', agentSource('leader', leading))
  const allowed = ['--allow', 'agent.spawn:helper', '--allow', 'files.list:src,delegable=1']
  const { exit, stdout, stderr } = await iceOnFullDisk('run', leader, '--agent', helper, '--steps', '9000', ...allowed)
  expect([...stderr.matchAll(/(helper|leader): (\S+)/g)].map(([line]) => line).toSorted()).toEqual([
    'helper: store.unwritable',
    'leader: store.unwritable',
    'leader: store.unwritable',
  ])
  expect(stderr).toContain('the record cannot be written: nothing more is done, and every proposal is refused')
  expect(stderr).toContain('go on with: ice resume')
  expect([exit, stdout]).toEqual([1, ''])
  // What had been recorded stands, and can be gone on with where there is room.
  expect((await place.ice('verify')).exit).toBe(0)
  expect((await place.ice('abort', 'last')).stdout).toMatch(/aborted\n$/)
}, 60_000)
