/** Bounds of a policy. Cedar is synchronous WebAssembly: it can be neither timed out nor stopped, so what it is given is bounded. */

/** A policy is read by people, and a hundred files are not read. */
export const maxPolicyFiles = 64
/** Everything together: some thousand rules of a normal length, and as much as one entry could quote. */
export const maxPolicyBytes: number = 256 * 1024
/** Half a millisecond a decision when all of them are in scope. */
export const maxRules = 500
/** One rule with its inner comments. Longer is not read, and below it no text exhausts the stack of Cedar's parser. */
export const maxRuleChars = 4096
/** Brackets inside one another: Cedar's parser runs out of stack between 80 and 120, and people give up long before. */
export const maxBracketDepth = 16
/** Operators inside one another, a chain of `&&` counting each: Cedar's evaluator runs out of stack between 200 and 400. */
export const maxExpressionDepth = 100
/** Longest name of a policy file: what a finding and a rule id begin with. */
export const maxFileNameChars = 128
/** One answer is the strictest of those for each resource, when a rule looks at them: as many as an entry can name. */
export const maxResources = 1024
/** More people than ever agree on one action. */
export const maxApprovals = 16
