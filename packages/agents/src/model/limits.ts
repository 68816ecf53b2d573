/** Replies of a model in one run, each of which costs money; a task that needs more is better split. */
export const defaultMaxTurns = 50

/** After this many unusable replies in a row the model is not going to recover. */
export const maxMalformedInARow = 3

/** More parallel calls than any model makes on purpose. */
export const maxCallsPerReply = 64

/** About 250,000 tokens: beyond the context of most models, and re-sent with each turn. */
export const defaultMaxTranscriptChars = 1_000_000

/** What a failed action tells a model: enough to act on, too little to smuggle a document. */
export const maxFailureChars = 500
