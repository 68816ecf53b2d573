import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openPlace } from './ice-process.ts'

/** Each of these starts a few processes. */
const timeout = 180_000
const captured = fileURLToPath(new URL('../../adapters/fixtures/claude-code/2.1.332/transcripts', import.meta.url))

describe('ice import', { timeout }, () => {
  test('tells what it read, what it passed over and where to go on; the record tells that it is proof of nothing', async () => {
    using place = openPlace()
    const first = await place.ice('import', 'claude-code', captured)
    expect([first.exit, first.stdout]).toEqual([
      0,
      '12 uses of tools imported, from 3 sessions in 4 files\npassed over: 39 lines without a use of a tool\n',
    ])
    expect(first.stderr).toContain('policy simulate FILE --imported')
    const again = await place.ice('import', 'claude-code', captured)
    expect(again.stdout).toMatch(/^0 uses of tools imported.*\n12 uses had been imported before\n/)
    const { stdout: listed } = await place.ice('ps', '--json')
    const longest = listed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly run: string; readonly steps: number })
      .find(({ steps }) => steps === 9)
    const shown = await place.ice('show', longest?.run ?? '')
    expect(shown.stdout).toMatch(/imported +what the host kept: nothing of it was decided here, and it is proof of nothing/)
    expect(shown.stdout).toMatch(/#\d+ +imported +files\.write +Write \{.*of 2026-11-26/)
    expect(shown.stdout).toMatch(/reported +files\.write +Write \{.*done/)
    expect((await place.ice('verify')).exit).toBe(0)
    expect((await place.ice('replay', longest?.run ?? '')).stdout).toContain('identical: yes')
  })

  test('says in JSON the same, to the count', async () => {
    using place = openPlace()
    place.write('kept/a.jsonl', 'no json\n')
    const { stdout, stderr } = await place.ice('import', 'claude-code', '../kept', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ files: 1, imported: 0, counts: { lines: 1, unreadable: 1 } })
    expect(stderr).toBe('')
  })

  test.each([
    ['codex', '.', 2],
    ['nobody', '.', 2],
    ['claude-code', 'nowhere', 3],
    ['claude-code', '.', 3],
  ])('of %s at %s exits with %d, and makes no record', async (host, path, exit) => {
    using place = openPlace()
    expect((await place.ice('import', host, path)).exit).toBe(exit)
    expect((await place.ice('ps')).exit).toBe(3)
  })
})
