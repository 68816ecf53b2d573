import { resolve } from 'node:path'
import { IceError } from '@ice-runtime/kernel'
import type { ApprovalDescription, ApprovalQuestion } from './control/approval-description.ts'
import { askControl } from './control/client.ts'
import { createIce } from './create-ice.ts'
import type { IceOptions } from './create-ice.ts'

/**
 * Asks the runtime that owns the data directory, which has the drivers of its runs, or is that runtime for as long as it takes. Throws
 * `usage.invalid` for a request that waits for nobody, or that no driver here can tell about.
 */
export async function describeApproval(
  question: ApprovalQuestion,
  options: IceOptions & { readonly data: string },
): Promise<ApprovalDescription> {
  const answer = await askControl(resolve(options.data), { method: 'describeApproval', ...question })
  if (answer !== undefined) {
    if (answer.described !== undefined) return answer.described
    throw new IceError('usage.invalid', 'the runtime that owns this data directory describes nothing')
  }
  const ice = await createIce(options)
  try {
    return await ice.describe(question)
  } finally {
    await ice.close('suspend')
  }
}
