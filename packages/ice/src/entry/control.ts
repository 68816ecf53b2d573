export { askControl } from '../control/client.ts'
export type { ControlAnswer, ControlRequest } from '../control/message.ts'
