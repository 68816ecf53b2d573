import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { functionAgent } from '@ice-runtime/agents'
import { ledgerDrivers } from '@ice-runtime/effects'
import { createIce } from '@ice-runtime/ice'
import type { GrantTerms } from '@ice-runtime/kernel'
import { agentSource, jsonLines, openPlace, trying } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place
let run: string

/** One run that was refused in three ways, said something evil and committed one file. */
beforeAll(async () => {
  place = openPlace()
  place.write('workspace/src/a.txt', 'hello\n')
  place.write('workspace/.env', 'KEY=1\n')
  const body = [
    `ctx.state('plan', { text: 'first \u001b[2J then' });`,
    trying('files.read', { path: 'src/a.txt' }),
    trying('files.read', { path: '.env' }),
    trying('files.delete', { path: 'src/a.txt' }),
    trying('files.write', { path: 'report.md', content: 'one\ntwo \u001b[31m\n' }),
    'return 1',
  ].join('\n')
  const agent = place.write('agent.ts', agentSource('auditor', body))
  const { stdout } = await place.ice('run', agent, '--allow', 'files.read', '--allow', 'files.write:report.md')
  run = stdout.split(' ')[0] ?? ''
})
afterAll(() => place[Symbol.dispose]())

/** `seq` of the proposal of an action on a path, as `show` prints it. */
async function actionOn(path: string): Promise<number> {
  const { stdout } = await place.ice('show', run, '--json')
  const { story } = JSON.parse(stdout) as { readonly story: readonly { readonly about: string; readonly action?: number }[] }
  return story.find(({ about }) => about.endsWith(path))?.action ?? 0
}

describe('ice ps', () => {
  test('lists runs, also as JSON', async () => {
    const { stdout, exit } = await place.ice('ps')
    expect(stdout).toMatch(new RegExp(`^RUN .*\\n${run} {2}committed {2}auditor 1\\.0\\.0 {2}4 {6}2 `))
    expect(exit).toBe(0)
    expect(jsonLines((await place.ice('ps', '--json')).stdout)).toEqual([
      expect.objectContaining({ run, outcome: 'committed', refused: 2 }),
    ])
  })

  test('loads nothing that hosts an agent, performs an effect or makes a system call of its own', async () => {
    const traced = openPlaceOver(place, { NODE_DEBUG: 'esm' })
    const { stderr } = await traced('ps')
    expect(stderr).toContain('/stores/src/sqlite/open-reader.ts')
    expect(stderr).not.toMatch(/packages\/(?:agents|effects|isolation|runtime)\/src|node_modules\/(?:esbuild|koffi|undici|quickjs)/)
  })
})

/** The same data under another environment. */
function openPlaceOver({ data }: Place, environment: { readonly [name: string]: string }): Place['ice'] {
  const other = openPlace({ ...environment, ICE_DATA: data })
  return async (...args) => {
    try {
      return await other.ice(...args)
    } finally {
      other[Symbol.dispose]()
    }
  }
}

describe('ice show', () => {
  test('tells who answers, under which grants, each verdict, and what was committed', async () => {
    const { stdout } = await place.ice('show', 'last')
    expect(stdout).toMatch(new RegExp(`^${run} {2}committed\\n`))
    expect(stdout).toMatch(/answerable {2}\S+ \(os-user\)/)
    expect(stdout).toContain('#3 permit files.read on file:** up to observe; nothing leaves')
    expect(stdout).toMatch(/refused +files\.read {2}\.env +policy\.forbidden {2}builtin:secret-shaped/)
    expect(stdout).toMatch(/valid +output ok, bounds ok, secrets ok/)
    expect(stdout).toMatch(/committed {2}new {2}report\.md {2}\d+ bytes/)
    expect(stdout).toMatch(/left +nothing/)
    expect(stdout).not.toContain('\u001b')
  })

  test('finds a run by any beginning that only it has, and says when there is none', async () => {
    expect((await place.ice('show', run.slice(4, 12))).stdout).toContain(run)
    const missing = await place.ice('show', 'run_nosuch')
    expect(missing.stderr).toContain('run.not_found')
    expect(missing.exit).toBe(3)
  })

  test('goes back in time: nothing after the entry named is shown or folded', async () => {
    const action = await actionOn('.env')
    const then = await place.ice('show', run, '--at', String(action))
    expect(then.stdout).toMatch(new RegExp(`executing {2}as of #${action} of \\d+`))
    expect(then.stdout).not.toContain('refused  ')
    const state = JSON.parse((await place.ice('show', run, '--state', '--json', '--at', String(action))).stdout) as object
    expect(state).toMatchObject({ seq: action, phase: { name: 'executing' }, staged: [], open: [{ action, name: 'files.read' }] })
    const events = jsonLines((await place.ice('show', run, '--events', '--json', '--at', String(action))).stdout)
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: action }, (_, index) => index + 1))
    expect((await place.ice('show', run, '--diff', '--at', String(action))).stderr).toBe('nothing is staged\n')
    expect((await place.ice('show', run, '--at', '9999')).exit).toBe(3)
  })

  test('shows what was staged as a difference with controls escaped', async () => {
    const { stdout } = await place.ice('show', run, '--diff')
    expect(stdout).toBe('diff report.md\nnew file mode 644\n--- /dev/null\n+++ b/report.md\n@@ -0,0 +1,2 @@\n+one\n+two \\x1b[31m\n')
  })
})

test('ice show lists what left the machine, also past the commit, and what is known of it', async () => {
  using elsewhere = openPlace()
  const bookkeeper = functionAgent({
    name: 'bookkeeper',
    version: '1',
    requests: [],
    run: async (_input, { propose }) => {
      await propose('ledger.transfer', { account: 'landlord', amountMicro: 1_500_000, fail: 'after' })
      await propose('ledger.wire', { account: 'broker', amountMicro: 1 })
      await propose('ledger.post', { account: 'rent', amountMicro: 1 })
      return null
    },
  })
  const effects = ledgerDrivers({ directory: join(elsewhere.root, 'ledger') })
  const whole: GrantTerms = { actions: ['ledger.*'], resources: ['ledger:main/**'], class: 'irreversible', egress: ['ledger:main'] }
  {
    await using ice = await createIce({ workspace: null, data: elsewhere.data, effects })
    await (
      await ice.run(bookkeeper, { grants: [whole] })
    ).done
  }
  const { stdout } = await elsewhere.ice('show', 'last')
  expect(stdout).toMatch(/committed, releases incomplete\n/)
  expect(stdout).toMatch(
    /left +#\d+ ledger\.post {2}main\/rent {2}to ledger:main {2}done\n +#\d+ ledger\.transfer {2}main\/landlord {2}to ledger:main {2}uncertain\n/,
  )
  expect(stdout).toMatch(/withheld +ledger\.wire/)
  expect(stdout).toMatch(/used .*money 1\.5/)
  expect((await elsewhere.ice('ps')).stdout).toContain('committed, incomplete')
  const replayed = await elsewhere.ice('replay', 'last')
  expect(replayed.stdout).toContain('not replayed: a function of the program that embedded ICE')
  expect(replayed.exit).toBe(0)
})

describe('ice explain', () => {
  test('names the stage, the rule in words, and that no single change allows it', async () => {
    const { stdout } = await place.ice('explain', `last#${await actionOn('.env')}`)
    expect(stdout).toMatch(/grant +passed\n +policy +refused +policy\.forbidden/)
    expect(stdout).toContain('builtin:secret-shaped  No action touches content whose name is that of a secret.')
    expect(stdout).toContain('secretShaped=true')
    expect(stdout).toContain('no single change that was tried allows it')
    expect(stdout).toMatch(new RegExp(`\\nanswerable: \\S+ \\(os-user\\), run ${run}\\n$`))
  })

  test('offers the change that was confirmed by deciding again', async () => {
    const { stdout } = await place.ice('explain', `${run}#${await actionOn('files.delete  src/a.txt')}`)
    expect(stdout).toMatch(/grant +refused +grant\.none/)
    expect(stdout).toMatch(/policy +not asked/)
    expect(stdout).toContain('--allow files.delete:src/a.txt   (decided again with it: allowed)')
  })

  test('tells of an allowed action which grant covered it, and as JSON everything', async () => {
    const action = await actionOn('files.read  src/a.txt')
    const explained = JSON.parse((await place.ice('explain', `${run}#${action + 1}`, '--json')).stdout) as object
    expect(explained).toMatchObject({
      run,
      action,
      grant: { grant: 3 },
      answerable: { authenticated: 'os-user' },
      stages: expect.arrayContaining([{ stage: 'grant', result: 'passed' }]),
    })
  })

  test('tells of a run why it ended, and what was refused to it', async () => {
    const { stdout } = await place.ice('explain', run)
    expect(stdout).toMatch(/committing +1 change/)
    expect(stdout).toMatch(/#\d+ {2}files\.delete {2}src\/a\.txt {2}grant\.none/)
  })

  test('says that an entry about no action has no verdict', async () => {
    const { exit, stderr } = await place.ice('explain', `${run}#1`)
    expect(stderr).toContain('RunRequested, which is about no action')
    expect(exit).toBe(3)
  })
})

describe('ice verify', () => {
  test('finds a sound log sound, and says what it cannot see', async () => {
    const { exit, stdout, stderr } = await place.ice('verify')
    expect(stdout).toMatch(/^sound {2}\d+ entries in 1 stream /)
    expect(stderr).toContain('a removed end of the log whose edge was computed again')
    expect(exit).toBe(0)
  })

  test('names the entry in which one byte was changed, and exits with 8', async () => {
    const copy = join(place.root, 'copy')
    cpSync(place.data, copy, { recursive: true })
    changeOneByte(join(copy, 'log.sqlite'), 9)
    const { exit, stdout } = await place.ice('verify', '--data', copy)
    expect(stdout).toMatch(/^broken /)
    expect(stdout).toContain(`${run}#9  hash.mismatch`)
    expect(exit).toBe(8)
    const { sound, problems } = JSON.parse((await place.ice('verify', '--data', copy, '--json')).stdout) as {
      readonly sound: boolean
      readonly problems: readonly object[]
    }
    expect(sound).toBe(false)
    expect(problems).toContainEqual(expect.objectContaining({ stream: run, seq: 9, code: 'hash.mismatch' }))
  })
})

describe('ice replay', () => {
  test('comes out identical with no model and no network', async () => {
    const { exit, stdout } = await place.ice('replay', run)
    expect(stdout).toMatch(/decisions {2}identical/)
    expect(stdout).toMatch(/agent {6}identical {2}4 proposals the same, as promised/)
    expect(stdout).toMatch(/\nmodel calls: 0, network: 0, identical: yes\n$/)
    expect(exit).toBe(0)
  })

  test('names the place and both texts where a decision is not what is recorded, and exits with 7', async () => {
    const copy = join(place.root, 'forged')
    cpSync(place.data, copy, { recursive: true })
    const refused = (await actionOn('.env')) + 1
    rewrite(join(copy, 'log.sqlite'), refused, (text) => text.replace('"a rule forbids it"', '"a rule forbade it"'))
    const { exit, stdout } = await place.ice('replay', run, '--data', copy)
    expect(stdout).toContain(`first difference at #${refused}`)
    expect(stdout).toMatch(/recorded {2}.*a rule forbade it/)
    expect(stdout).toMatch(/replayed {2}.*a rule forbids it/)
    expect(stdout).toContain('identical: no')
    expect(exit).toBe(7)
  })
})

test('ice doctor tries every primitive in the data directory and exits with 0 where all that is required is there', async () => {
  const { exit, stdout, stderr } = await place.ice('doctor', '--json')
  const { findings, ok } = JSON.parse(stdout) as {
    readonly ok: boolean
    readonly findings: readonly { readonly name: string; readonly state: string }[]
  }
  const names = findings.map(({ name }) => name)
  for (const name of ['node', 'sqlite', 'workspace', 'permissions', 'fsync', 'free space', 'store', 'owner', 'clock', 'renameat2.exchange'])
    expect(names).toContain(name)
  expect(ok).toBe(!findings.some(({ state }) => state === 'broken'))
  expect(exit).toBe(ok ? 0 : 9)
  expect(stderr).toBe('')
})

test('ice doctor exits with 9 and names what it disables when the data directory cannot be used', async () => {
  const blocked = place.write('blocked', 'a file')
  const { exit, stdout } = await place.ice('doctor', '--data', join(blocked, 'data'))
  expect(stdout).toMatch(/broken {2}data directory {2,}ENOTDIR/)
  expect(exit).toBe(9)
})

test.each([[['ps']], [['show', 'last']], [['verify']], [['abort', 'last']]])(
  '%s says that there is no log, makes none, and exits with 3',
  async (args) => {
    const nowhere = join(place.root, 'nowhere')
    const { exit, stderr } = await place.ice(...args, '--data', nowhere)
    expect(stderr).toContain('data.unreadable')
    expect(existsSync(nowhere)).toBe(false)
    expect(exit).toBe(3)
  },
)

function changeOneByte(file: string, seq: number): void {
  rewrite(file, seq, (text) => text.replace(/"at":(\d)/, (_, digit: string) => `"at":${(Number(digit) + 1) % 10}`))
}

/** Rewrites an entry the way somebody with an editor would. */
function rewrite(file: string, seq: number, change: (text: string) => string): void {
  using database = new DatabaseSync(file)
  const row = database.prepare('SELECT position, body FROM entry WHERE seq = ?').get(seq)
  const before = Buffer.from(row?.['body'] as Uint8Array).toString('utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  database.prepare('UPDATE entry SET body = ? WHERE position = ?').run(Buffer.from(after), row?.['position'] as number)
}
