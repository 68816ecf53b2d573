/** What one look found. */
export interface Finding {
  readonly name: string
  /** `missing`: ICE does less, or is weaker. `broken`: what is required is not there. `note`: nothing is missing, and it has to be known. */
  readonly state: 'fine' | 'missing' | 'broken' | 'note'
  /** What was seen. */
  readonly detail: string
  /** What cannot be done without it. */
  readonly disables?: string
}

/** Turns a look that throws into a finding: the doctor goes on to the next. */
export async function look(name: string, disables: string, see: () => string | Promise<string>): Promise<Finding> {
  try {
    return { name, state: 'fine', detail: await see() }
  } catch (error) {
    return { name, state: 'broken', detail: error instanceof Error ? error.message : String(error), disables }
  }
}
