import { emptyMap, findGrant, grantsOf } from '@ice-runtime/kernel'
import type { ActionRequest, Grant, GrantsNow, GrantTerms } from '@ice-runtime/kernel'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'
import { timeEach } from './time-each.ts'

export const grantBenchmark: Benchmark = { name: 'grants', measure: measureGrants }

/** Grants of one run, and different requests that are asked in turn. */
const manyGrants = 1000
const differentRequests = 256

/** What takes nanoseconds is measured in many short rounds: most of them are then disturbed by nothing else on the machine. */
const shortRounds = 20
const warmups = 20

/**
 * The decision that grants alone make, over requests for different files in turn: one grant of a directory, and a thousand of which each
 * covers another one. Beside them what nobody can do without, a lookup of the file in a `Map`.
 */
function measureGrants(bench: Bench): Promise<readonly Figure[]> {
  const spread = Array.from({ length: differentRequests }, (_, index) => requestFor(`area${(index * 3) % manyGrants}/report/a.md`))
  const near = Array.from({ length: differentRequests }, (_, index) => requestFor(`area500/report/${index}.md`))
  const known = new Map(spread.map(({ resources }) => [resources[0] ?? '', true]))
  const one = grantsNow([grantFor('file:area500/**')])
  const many = grantsNow(Array.from({ length: manyGrants }, (_, index) => grantFor(`file:area${index}/**`, index + 1)))
  const lookup = inTurn(spread, ({ resources: [path = ''] }) => known.get(path))
  const fromOne = inTurn(near, (request) => covering(one, request))
  const fromMany = inTurn(spread, (request) => covering(many, request))
  const rounds = Array.from({ length: warmups + bench.scale.repetitions * shortRounds }, () => ({
    lookup: timeEach(lookup, Math.ceil(bench.scale.decisions / shortRounds)),
    one: timeEach(fromOne, Math.ceil(bench.scale.decisions / shortRounds)),
    many: timeEach(fromMany, Math.ceil(bench.scale.decisions / shortRounds)),
  })).slice(warmups)
  return Promise.resolve([
    figure('a bare Map lookup', median(rounds.map(({ lookup: value }) => value))),
    figure('one grant', median(rounds.map(({ one: value }) => value))),
    figure('1,000 grants', median(rounds.map(({ many: value }) => value))),
    ratio('one grant ÷ a bare Map lookup', median(rounds.map((round) => round.one / round.lookup)), 10),
    ratio('1,000 grants ÷ one grant', median(rounds.map((round) => round.many / round.one)), 2),
  ])
}

function inTurn(requests: readonly ActionRequest[], ask: (request: ActionRequest) => unknown): () => unknown {
  let turn = 0
  return () => {
    turn = (turn + 1) % requests.length
    const request = requests[turn]
    return request === undefined ? undefined : ask(request)
  }
}

function figure(name: string, value: number, unit = 'ns'): Figure {
  return { benchmark: 'grants', name, value, unit }
}

function ratio(name: string, value: number, atMost: number): Figure {
  return { ...figure(name, value, '×'), target: { bound: 'at most', value: atMost } }
}

function covering(now: GrantsNow, request: ActionRequest): Grant {
  const found = findGrant(now, request)
  if (!('grant' in found)) throw new Error(`${request.resources.join(', ')} is not covered: ${found.miss}`)
  return found.grant
}

/** As a proposal brings it: read from text. */
function requestFor(path: string): ActionRequest {
  const request: ActionRequest = {
    action: 'files.write',
    resources: [`file:${path}`],
    facts: { path },
    class: 'staged',
    cost: { sizeBytes: 100 },
  }
  return JSON.parse(JSON.stringify(request)) as ActionRequest
}

function grantFor(resource: string, id = 1): Grant {
  const terms: GrantTerms = { actions: ['files.read', 'files.write'], resources: [resource], class: 'staged', egress: [] }
  return { id, holder: 'agent', terms, revoked: false }
}

function grantsNow(list: readonly Grant[]): GrantsNow {
  return { grants: grantsOf(list), uses: emptyMap(), at: 0, needed: 'public' }
}
