import { canonicalize, unreachable } from '@ice-runtime/kernel'
import type { Json, Settlement } from '@ice-runtime/kernel'
import type { HookOutcome } from './hook/hook-call.ts'
import type { ImportedOutcome, ImportedResult } from './transcript/imported-use.ts'
import { keptResult } from './transcript/kept-result.ts'

/** How a host's report is settled: as reported, with what the tool said where that is short, and its size and digest where not. */
export function reportedSettlement(outcome: HookOutcome): Settlement {
  switch (outcome.type) {
    case 'succeeded':
      return { type: 'succeeded', result: { value: resultValue(keptResult(outcome.response)) }, reported: true }
    case 'failed':
      return { type: 'failed', code: 'effect.failed', message: messageText(outcome.message), reported: true }
    default:
      return unreachable(outcome)
  }
}

/** The same for what a transcript says. What was refused back then did not happen. */
export function importedSettlement(outcome: ImportedOutcome): Settlement {
  switch (outcome.type) {
    case 'succeeded':
      return { type: 'succeeded', result: { value: resultValue(outcome.result) }, reported: true }
    case 'failed':
      return { type: 'failed', code: 'effect.failed', message: messageText(canonicalize(resultValue(outcome.result))), reported: true }
    case 'refused':
      return { type: 'failed', code: 'effect.not_done', message: messageText(`refused by the host: ${outcome.how}`), reported: true }
    default:
      return unreachable(outcome)
  }
}

const maxMessageChars = 1000

function resultValue({ value, sizeBytes, digest }: ImportedResult): Json {
  return value ?? { sizeBytes, digest }
}

function messageText(text: string): string {
  return text.slice(0, maxMessageChars).toWellFormed()
}
