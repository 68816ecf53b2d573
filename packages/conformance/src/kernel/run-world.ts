import { createHash } from 'node:crypto'
import { digestFromBytes, entryId, parseLogId, parseRunId, parseSubjectId } from '@ice-runtime/kernel'
import type {
  AuthorityView,
  Ceilings,
  Digest,
  GrantTerms,
  Operators,
  Parentage,
  PolicyAnswer,
  PolicyRequest,
  PreparedRecord,
  Proofs,
  RecordedStanding,
  RunEvents,
  RunId,
  SealContext,
} from '@ice-runtime/kernel'
import { ada, bea, operatorsOf, verifies } from './told-operators.ts'

/** The log that all told histories belong to. */
export const tellingContext: SealContext = {
  logId: parseLogId('log_0000000golden'),
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
}
export const toldRun: RunId = parseRunId('run_0000000golden')
/** When the first entry of a told history is written: 2026-01-01T00:00:00Z. */
export const tellingStart = 1_767_225_600_000

/** A digest that stands for a name. */
export function digestOf(name: string): Digest {
  return digestFromBytes(tellingContext.sha256(new TextEncoder().encode(name)))
}

/** Names what was decided, as `requestDigest` does for a whole prepared action; also one that no entry could hold. */
export function requestOf(record: PreparedRecord): Digest {
  return digestOf(JSON.stringify(record))
}

/** Allows all that the catalog of these histories has, and one destination. */
export const wideGrant: GrantTerms = {
  actions: ['files.*', 'http.request', 'ledger.post', 'mail.ask'],
  resources: ['file:**', 'url:https://example.org/**', 'ledger:main', 'mail:ops'],
  class: 'irreversible',
  egress: ['https://example.org:443'],
  clearance: 'private',
}

/** What a run may start children under, and lend to them. */
export const lendableGrant: GrantTerms = {
  actions: ['agent.spawn', 'files.*', 'http.request'],
  resources: ['agent:**', 'file:**', 'url:https://example.org/**'],
  class: 'keyed',
  egress: ['https://example.org:443'],
  uses: 40,
  sizeBytes: 10_000,
  delegable: 1,
}

export const toldCeilings: Ceilings = { steps: 1000, wallMs: 3_600_000, cost: { moneyMicro: 1_000_000, tokens: 10_000 } }

/** The request of a told run: nothing in it is real, all of it is well-formed. */
export const toldRequest: RunEvents['RunRequested'] = {
  principal: {
    subject: parseSubjectId('sub_0000000golden'),
    kind: 'person',
    authenticated: 'os-user',
    namespace: 'default',
    name: { subject: 'sub_0000000golden', algorithm: 'aes-256-gcm', nonce: 'AAAAAAAAAAAAAAAA', data: 'AAAAAAAAAAAAAAAAAAAAAA' },
  },
  agent: { name: 'teller', version: '1.0.0', kind: 'quickjs', digest: digestOf('agent') },
  input: { value: { task: 'tell' } },
  workspace: 'dev:1 ino:2',
  grants: [wideGrant],
  ceilings: toldCeilings,
  validators: ['output', 'bounds'],
  seed: 'seed',
}

/** Real digests and real signatures. */
export const toldProofs: Proofs = { sha256: tellingContext.sha256, verifies }

const allowing: PolicyAnswer = { effect: 'allow', rules: ['builtin:granted'] }
/** What policy says to the one action that people are asked about. */
export const obliging: PolicyAnswer = {
  effect: 'oblige',
  rules: ['told.cedar:7'],
  obligations: [{ type: 'approval', from: 'ops', count: 1 }],
}

function usualAnswer({ action }: PolicyRequest): PolicyAnswer {
  return action === 'mail.ask' ? obliging : allowing
}

/** What other streams say, when they say nothing unusual but what is given. `answer` is what policy says to everything. */
export function viewWith(
  unusual: {
    readonly answer?: PolicyAnswer
    readonly lockdown?: boolean
    readonly revoked?: AuthorityView['revoked']
    readonly operators?: Operators
    /** Another policy than the one told runs are provisioned under. */
    readonly policy?: Digest
    readonly catalog?: Digest
    readonly heard?: (request: PolicyRequest) => void
  } = {},
): AuthorityView {
  const { answer, lockdown = false, revoked = new Set(), operators = operatorsOf(ada, bea), heard } = unusual
  const { policy = digestOf('policy'), catalog = digestOf('catalog') } = unusual
  const evaluate = (request: PolicyRequest): PolicyAnswer => {
    heard?.(request)
    return answer ?? usualAnswer(request)
  }
  return { policy: { digest: policy, evaluate }, catalog, lockdown, revoked, operators, proofs: toldProofs }
}

/** What a replay is told of other streams, when they said nothing unusual. */
export function nothingUnusual(): RecordedStanding {
  return { lockdown: false, revoked: new Set(), operators: operatorsOf(ada, bea), proofs: toldProofs }
}

/** A run that is a child of another told one. */
export const toldParentage: Parentage = {
  run: parseRunId('run_0000000parent'),
  action: 7,
  agents: ['leader'],
  label: 'trusted/public',
  lineage: [[entryId(parseRunId('run_0000000parent'), 3)], [entryId(parseRunId('run_0000000parent'), 4)]],
}
