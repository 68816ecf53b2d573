export { askControl } from '../control/client.ts'
export type { AnswerApproval, ControlAnswer, ControlRequest, IceOrder } from '../control/message.ts'
