import { afterAll, expect, test } from 'vitest'
import { removeLeftovers, runExample } from './run-example.ts'

afterAll(removeLeftovers)

test('an effect without an answer stops the ones after it, and reconciling asks instead of sending again', async () => {
  const { exitCode, stdout, stderr } = await runExample('ledger/main.ts')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const lines = stdout
    .replaceAll(/run_\w+/g, 'RUN')
    .trimEnd()
    .split('\n')
  expect(lines).toEqual([
    'run RUN: committed, releases: incomplete',
    'the ledger has: post rent, transfer landlord',
    'RUN#7: uncertain; the ledger is asked and says done',
    'RUN#9: withheld, never sent',
    'the ledger still has: post rent, transfer landlord',
  ])
})
