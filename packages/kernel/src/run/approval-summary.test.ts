import { expect, test } from 'vitest'
import {
  abortOrder,
  ada,
  answerTo,
  approvalIn,
  askedIn,
  askingLater,
  askingNow,
  bea,
  executing,
  settledApproval,
  tell,
  tellAll,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory } from '@ice-runtime/conformance'
import type { Json } from '../log/json.ts'
import type { ViewReader } from '../log/views-port.ts'
import { entryId } from '../log/ids.ts'
import { approvalsView, openApprovals } from './approval-summary.ts'
import type { ApprovalSummary } from './approval-summary.ts'
import { views } from './views.ts'

/** The rows that a store keeps of a history, folded one entry after the other. */
function viewsOf(history: RunHistory): ViewReader {
  const rows = new Map(views.map((view) => [view.name, new Map<string, Json>()]))
  for (const entry of history.entries) {
    for (const view of views) {
      const key = view.key(entry)
      if (key !== undefined) rows.get(view.name)?.set(key, view.step(rows.get(view.name)?.get(key), entry))
    }
  }
  const sorted = (view: string): readonly { readonly key: string; readonly value: Json }[] =>
    [...(rows.get(view) ?? [])].map(([key, value]) => ({ key, value })).toSorted((left, right) => (left.key < right.key ? -1 : 1))
  return {
    get: (view, key) => rows.get(view)?.get(key),
    list: (view, { after = '', limit }) =>
      sorted(view)
        .filter(({ key }) => key > after)
        .slice(0, limit),
  }
}

function openIn(history: RunHistory): readonly ApprovalSummary[] {
  return [...openApprovals(viewsOf(history))].toSorted((left, right) => left.approval - right.approval)
}

const both = wish(wish(executing(), askingNow), askingLater)
const [first = 0, second = 0] = both.run.waiting.map((action) => askedIn(both, action).approval)

test('what waits for people is listed with what it asks and who has agreed', () => {
  const answered = tellAll(
    both,
    answerTo(both, ada, { type: 'given', scope: 'once' }, first),
    answerTo(both, ada, { type: 'denied' }, second),
  )
  const { request, binds, obligations, rules, expires } = askedIn(both)
  expect(openIn(answered)).toMatchObject([
    { run: both.run.id, approval: first, class: 'staged', given: [ada.subject], answers: 1, deferred: false },
    {
      approval: second,
      action: askedIn(both).approval - 1,
      request,
      binds,
      obligations,
      rules,
      expires,
      given: [],
      answers: 1,
      deferred: true,
    },
  ])
})

test('what has its verdict is listed no more, and late answers do not bring it back', () => {
  const allowed = settledApproval(tell(both, answerTo(both, bea, { type: 'given', scope: 'once' })))
  expect(openIn(allowed)).toMatchObject([{ approval: first }])
  const late = tell(allowed, answerTo(allowed, ada, { type: 'given', scope: 'once' }, approvalIn(allowed)))
  expect(openIn(late)).toMatchObject([{ approval: first }])
  expect(viewsOf(late).get(approvalsView.name, entryId(both.run.id, second))).toMatchObject({
    state: 'allowed',
    given: [bea.subject],
    answers: 2,
  })
  const expired = tell(late, { type: 'ExpireApproval', action: askedIn(late, late.run.waiting[0]).approval - 1 })
  expect(openIn(expired)).toEqual([])
})

test('a run that ends asks nobody any more', () => {
  expect(openIn(both)).toHaveLength(2)
  expect(openIn(tell(both, abortOrder))).toEqual([])
})
