/** A claim about one function of the decision path: told without a run, where a run could not tell two answers apart. */
export interface AuthorityClaim {
  readonly name: string
  readonly holds: () => unknown
  readonly is: unknown
}
