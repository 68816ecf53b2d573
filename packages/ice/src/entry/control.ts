export { askControl } from '../control/client.ts'
export type { AnswerApproval } from '../control/answer-approval.ts'
export type { ControlAnswer, ControlRequest, IceOrder } from '../control/message.ts'
