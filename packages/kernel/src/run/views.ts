import type { ViewDefinition } from '../log/views-port.ts'
import { approvalsView } from './approval-summary.ts'
import { runsView } from './run-summary.ts'

/** Every view there is: what a store keeps beside its log, and a reader rebuilds where it finds none. */
export const views: readonly ViewDefinition[] = [runsView, approvalsView]
