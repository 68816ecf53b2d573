import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('zones/print-run.ts', import.meta.url))

test('an agent does the same in 3 locales and 2 time zones', () => {
  const seen = ['C', 'de_DE.UTF-8', 'tr_TR.UTF-8'].flatMap((locale) =>
    ['Asia/Tokyo', 'America/St_Johns'].map((zone) =>
      execFileSync(process.execPath, ['--conditions=source', script], {
        encoding: 'utf8',
        env: { LC_ALL: locale, LANG: locale, TZ: zone },
      }),
    ),
  )
  expect(seen[0]).toContain('"offset":0')
  expect(new Set(seen).size).toBe(1)
})
