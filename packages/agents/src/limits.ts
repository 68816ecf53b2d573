/** More concurrent requests than any reader of a large repository makes; beyond it an agent floods the record. */
export const maxProposalsPerTurn = 4096

/** A proposal carries at most one written file inline, and larger content does not belong in an argument. */
export const maxMessageChars: number = 4 * 1024 * 1024

/** Everything one turn may hand over: bounds what the host parses in one go. */
export const maxTurnChars: number = 16 * 1024 * 1024

/** Logs are for people: past this, a turn's further lines are dropped. */
export const maxLogCharsPerTurn: number = 64 * 1024

/** A failure is read by a person; the rest of a generated message tells nothing more. */
export const maxErrorChars: number = 8 * 1024
