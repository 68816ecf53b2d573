/**
 * One tick is 10,000 of the engine's own steps (calls and backward jumps), 50 to 500 microseconds. Counted in steps and not in time,
 * so the same agent stops at the same place on every machine.
 */
export const maxTicksPerTurn = 10_000

/** The module declares 16 MiB at least; four times that holds a large document and its parse. */
export const defaultMemoryBytes: number = 64 * 1024 * 1024

/** Wall clock, the last resort for a turn that makes no ticks: one huge built-in call. Above what `maxTicksPerTurn` can take. */
export const defaultTurnDeadlineMs = 20_000

/** What a stopped turn may still take: it ends at its next tick, and one without ticks must not hold up the others until the deadline. */
export const stopGraceMs = 500

/**
 * About 1,600 plain calls deep. Writing nested JSON costs the engine the square of the depth and makes no ticks: at this size 1.5 s at
 * worst. The thread's own stack must hold far more than the engine allows itself, or V8 overflows first.
 */
export const maxEngineStackBytes: number = 256 * 1024
export const workerStackMb = 16

/** Cores are the bound on agents' own computation; a third thread only adds switching on the small machines ICE is used on. */
export const defaultWorkers = 2

/** A slot per session in the table of stop requests; more runs than this at once are refused by the runtime long before. */
export const maxSessionsPerWorker = 4096

/** Instances that a bundle's ended sessions leave for its next ones: about 0.4 MB resident each. */
export const maxKeptInstances = 128

/** Instances made ahead while a worker is idle, so that the next sessions do not wait 1.5 ms for theirs. */
export const maxSpareInstances = 16

/** Bundles a worker keeps loaded; the one unused longest is dropped and sent again when needed. */
export const maxLoadedBundles = 32

/** What is kept of a session to build it again after its worker was lost. Past this, it is lost with the worker. */
export const maxJournalChars: number = 16 * 1024 * 1024
