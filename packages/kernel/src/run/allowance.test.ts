import { describe, expect, test } from 'vitest'
import {
  ada,
  answerTo,
  ask,
  askingNow,
  digestOf,
  divergence,
  executing,
  forRun,
  lastEntry,
  lastProposal,
  obliges,
  resumeOrder,
  settledApproval,
  suspendOrder,
  tell,
  toldQuestion,
  toldRequest,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Wish } from '@ice-runtime/conformance'
import type { PolicyAnswer } from '../authority/policy-port.ts'

const { asked, approval, action } = toldQuestion()

describe('an answer for the run', () => {
  const told = settledApproval(tell(asked, answerTo(asked, ada, forRun)))
  const sending: Wish = {
    action: 'mail.ask',
    resources: ['mail:ops'],
    class: 'keyed',
    atOnce: true,
    destinations: ['https://example.org:443'],
    cost: { moneyMicro: 10 },
  }

  test('covers what asks no more, and names itself', () => {
    const again = wish(told, askingNow)
    expect(lastEntry(again)).toMatchObject({ type: 'ActionAuthorized', payload: { approval } })
    expect(divergence(again)).toBeUndefined()
  })

  test.each<[string, Wish, PolicyAnswer | undefined]>([
    ['another resource', { ...askingNow, resources: ['mail:ops', 'mail:ops/b'] }, undefined],
    ['a further class', { ...askingNow, class: 'irreversible' }, undefined],
    ['a destination', { ...askingNow, destinations: ['https://example.org:443'] }, undefined],
    ['at once what would wait', { ...askingNow, atOnce: true }, undefined],
    ['under another rule', askingNow, obliges({ from: 'ops', count: 1 })],
    ['of more people', askingNow, { ...obliges({ from: 'ops', count: 2 }), rules: ['told.cedar:7'] }],
    ['of others', askingNow, { ...obliges({ from: 'legal', count: 1 }), rules: ['told.cedar:7'] }],
    ['of others than who started it', askingNow, { ...obliges({ from: 'ops', count: 1, notRequester: true }), rules: ['told.cedar:7'] }],
  ])('does not cover %s', (_, wished, policy) => {
    const grant = { ...wideGrant, resources: ['mail:**'], actions: ['mail.ask'] }
    const able = tell(told, { type: 'GrantCapability', terms: grant, by: ada.subject })
    expect(lastEntry(wish(able, wished, { view: viewWith(policy === undefined ? {} : { answer: policy }) }))).toMatchObject({
      type: 'ApprovalRequested',
    })
  })

  test.each<[string, Wish, 'ActionAuthorized' | 'ApprovalRequested']>([
    ['the same', sending, 'ActionAuthorized'],
    ['what costs less', { ...sending, cost: { moneyMicro: 9 } }, 'ActionAuthorized'],
    ['what costs more', { ...sending, cost: { moneyMicro: 11 } }, 'ApprovalRequested'],
    ['what costs nobody knows how much', { ...sending, cost: { moneyMicro: 'unknown' } }, 'ApprovalRequested'],
    ['what costs something else', { ...sending, cost: { moneyMicro: 10, tokens: 1 } }, 'ApprovalRequested'],
    ['what waits for the commit', { ...sending, atOnce: false }, 'ActionAuthorized'],
  ])('that leaves covers %s: %s', (_, wished, type) => {
    const open = wish(executing({ ceilings: { ...toldRequest.ceilings, cost: {} } }), sending)
    const allowed = settledApproval(tell(open, answerTo(open, ada, forRun)))
    expect(lastEntry(wish(allowed, wished))).toMatchObject({ type })
  })

  test('is one under its policy: the same rule of another policy asks again', () => {
    const view = viewWith({ policy: digestOf('other') })
    const renewed = tell(tell(told, suspendOrder), resumeOrder, { view })
    expect(lastEntry(wish(renewed, askingNow, { view }))).toMatchObject({ type: 'ApprovalRequested' })
  })

  test('leaves what was asked before it to its own answer', () => {
    const two = wish(asked, askingNow)
    const first = settledApproval(tell(two, answerTo(two, ada, forRun, approval)), undefined, action)
    expect(ask(first, { type: 'SettleApproval', action: lastProposal(two) })).toMatchObject({ code: 'approval.waiting' })
  })
})
