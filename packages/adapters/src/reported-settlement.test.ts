import { expect, test } from 'vitest'
import { maxInlineResultBytes } from '@ice-runtime/kernel'
import { reportedSettlement } from './reported-settlement.ts'

test('what a host says succeeded is settled as reported', () => {
  expect(reportedSettlement({ type: 'succeeded', response: { stdout: 'a' } })).toStrictEqual({
    type: 'succeeded',
    result: { value: { stdout: 'a' } },
    reported: true,
  })
})

test('a response too long for an entry is settled by size and digest', () => {
  const settled = reportedSettlement({ type: 'succeeded', response: 'x'.repeat(maxInlineResultBytes) })
  expect(settled).toMatchObject({ result: { value: { sizeBytes: maxInlineResultBytes + 2 } } })
})

test('what a host says failed is a failure with a bounded message', () => {
  const settled = reportedSettlement({ type: 'failed', message: `${'x'.repeat(999)}\ud83d\ude00`, interrupted: false })
  if (settled.type !== 'failed') throw new Error('no failure')
  expect(settled).toMatchObject({ code: 'effect.failed', reported: true })
  expect(settled.message.length).toBeLessThanOrEqual(1000)
  expect(settled.message.isWellFormed()).toBe(true)
})
